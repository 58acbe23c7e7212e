import type { AttributeDeclaration, AttributeName } from '../../model/attributes';
import { DURATION_PATTERN, SIZE_PATTERN, WINDOW_PATTERN } from '../../model/units';
import { attributeNames, declarationOf, spellingsOf } from './names';

/** A JSON Schema (draft 7), as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Five or six fields (seconds first), or a nickname like `@daily`, or 0 for off. */
export const CRON_PATTERN = String.raw`^\s*(0|@[a-z]+|\S+(\s+\S+){4,5})\s*$`;

const numericText = { type: 'string', pattern: String.raw`^-?\d+$` };
const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
const strings = list({ type: 'string' });
const stringsOrNumbers = list({ type: ['string', 'number'] });
const oneOf = (...anyOf: readonly JsonSchema[]): JsonSchema => ({ anyOf });

/** `env` and `env_<name>`. */
export const environmentSchema: JsonSchema = {
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean', 'object', 'array', 'null'] },
};

/** What may stand in a file for each type. Values after coercion satisfy it as well: units are numbers then. */
function typeSchema({ type, values, minimum }: AttributeDeclaration): JsonSchema {
  const least = minimum === undefined ? {} : { minimum };
  switch (type) {
    case 'text':
      return { type: 'string', ...(values === undefined ? {} : { enum: values }) };
    case 'integer':
      return oneOf({ type: 'integer', ...least }, numericText);
    case 'duration':
      return oneOf({ type: 'number', ...least }, { type: 'string', pattern: DURATION_PATTERN });
    case 'size':
      return oneOf({ type: 'number', ...least }, { type: 'string', pattern: SIZE_PATTERN });
    case 'flag':
      return { type: 'boolean' };
    case 'words':
      return oneOf({ type: 'string' }, stringsOrNumbers);
    case 'integers':
      return oneOf(
        { type: 'integer' },
        { type: 'string', pattern: String.raw`^\d+([\s,]+\d+)*$` },
        list(oneOf({ type: 'integer' }, numericText)),
      );
    case 'count':
      return oneOf({ type: 'integer' }, numericText, { const: 'max' });
    case 'flagOrWords':
      return oneOf({ type: 'boolean' }, { type: 'string' }, strings);
    case 'flagOrText':
      return { type: ['boolean', 'string'] };
    case 'idOrName':
      return oneOf({ type: 'integer', minimum: 0 }, { type: 'string', minLength: 1 });
    case 'cron':
      return oneOf({ enum: [0, false] }, { type: 'string', pattern: CRON_PATTERN });
    case 'window':
      return { type: 'string', pattern: WINDOW_PATTERN };
    case 'object':
      return { type: 'object' };
    case 'environment':
      return environmentSchema;
  }
}

/** One attribute by its own name only: what validation uses after aliases are folded. */
export const attributeSchema = (name: AttributeName): JsonSchema => typeSchema(declarationOf(name));

const withWords = (name: AttributeName): JsonSchema => {
  const declaration = declarationOf(name);
  const described = { description: declaration.help, ...attributeSchema(name) };
  return declaration.default === undefined ? described : { ...described, default: declaration.default };
};

/** The schema of a whole config file, for editors; the build writes it to `dist/schema.json`. */
export function configSchema(): JsonSchema {
  const app = { $ref: '#/definitions/app' };
  const apps = oneOf(app, list(app));
  const sections = {
    apps,
    pm: apps,
    pm2: apps,
    deploy: { type: 'object' },
    static: { type: 'array' },
    $schema: { type: 'string' },
  };
  const properties = Object.fromEntries(
    attributeNames.flatMap((name) => spellingsOf(name).map((spelling) => [spelling, withWords(name)])),
  );
  const required = spellingsOf('script').map((spelling) => ({ required: [spelling] }));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'pm ecosystem file',
    anyOf: [
      {
        type: 'object',
        properties: sections,
        anyOf: ['apps', 'pm', 'pm2', 'static', 'deploy'].map((name) => ({ required: [name] })),
      },
      list(app),
      app,
    ],
    definitions: {
      app: {
        type: 'object',
        additionalProperties: false,
        properties: { ...properties, $schema: { type: 'string' } },
        patternProperties: { [String.raw`^env_(?!file$)\S+$`]: environmentSchema },
        anyOf: required,
      },
    },
  };
}
