import { ATTRIBUTE_TYPES } from '../../model/attribute-types';
import type { AttributeDeclaration, AttributeName } from '../../model/attributes';
import { attributeNames, declarationOf } from './names';

const HEAD = `# Attributes of an app

<!-- Generated from src/model/attributes.ts by \`npm run docs\`. Do not edit. -->

Every attribute may be written in camelCase as well (\`maxMemoryRestart\`). An unknown attribute is passed over with a
warning; with \`--strict\`, \`strict: true\` beside \`apps\`, or \`PM_STRICT=1\` it is an error, and nothing is started. A value
of a wrong type is always one. \`null\` means "not set"; so do \`''\`, \`false\` and \`0\` where they have no meaning of their
own (\`max_memory_restart: isProduction && '1G'\`), and \`Infinity\` except for limits.

- **time**: milliseconds as a number, or \`'500ms'\`, \`'90s'\`, \`'2m'\`, \`'1h'\`, \`'1d'\`
- **size**: bytes as a number, or \`'200K'\`, \`'150M'\`, \`'1.5G'\` (binary units)
- **list or text**: text is split like a shell does it; quotes keep words together
- **number**: digits as text count too (\`"3000"\`)
- **variables**: an object; other objects in it become JSON text, \`null\` takes a variable of the caller away.
  \`env_<name>\` is laid over \`env\` with \`--env <name>\`
- **effect**: \`later\` means that the attribute is checked, kept and shown, and has no effect yet
- names in _italics_ are pm's own; all others are PM2's

<!-- prettier-ignore -->
| attribute | type | default | also written | option | effect | meaning |
|---|---|---|---|---|---|---|
`;

/** docs/attributes.md, out of the declarations. A test compares the file with it. */
export const attributesMarkdown = (): string => `${HEAD}${attributeNames.map(row).join('\n')}\n`;

const code = (text: string): string => `\`${text}\``;

// A bar would end the cell.
const cell = (text: string): string => text.replaceAll('|', String.raw`\|`);

function row(name: AttributeName): string {
  const declaration = declarationOf(name);
  const { aliases = [], effect, help, option, origin } = declaration;
  const cells = [
    origin === 'pm' ? `_${name}_` : code(name),
    typeOf(declaration),
    defaultOf(declaration),
    aliases.map(code).join(' '),
    option === undefined ? '' : code(option),
    effect,
    help,
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
}

function typeOf({ type, values, minimum, required }: AttributeDeclaration): string {
  const words = values === undefined ? ATTRIBUTE_TYPES[type].inDocs : values.map(code).join(' ');
  return `${words}${minimum === undefined || minimum === 0 ? '' : `, at least ${minimum}`}${required === true ? ', required' : ''}`;
}

function defaultOf({ default: fallback, type }: AttributeDeclaration): string {
  if (fallback === undefined) return '';
  return `${code(typeof fallback === 'string' ? fallback : JSON.stringify(fallback))}${type === 'duration' ? ' ms' : ''}`;
}
