import { ATTRIBUTE_TYPES, environmentSchema, type JsonSchema } from '../../model/attribute-types';
import type { AttributeDeclaration, AttributeName } from '../../model/attributes';
import { attributeNames, declarationOf, spellingsOf } from './names';

const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
const oneOf = (...anyOf: readonly JsonSchema[]): JsonSchema => ({ anyOf });

/** What may stand in a file for an attribute. Values after reading satisfy it as well: units are numbers then. */
function schemaOf({ type, values, minimum, fields }: AttributeDeclaration): JsonSchema {
  if (fields !== undefined) return objectSchema(fields);
  const schema = ATTRIBUTE_TYPES[type].schema(minimum === undefined ? {} : { minimum });
  return values === undefined ? schema : { ...schema, enum: values };
}

function objectSchema(fields: Readonly<Record<string, AttributeDeclaration>>): JsonSchema {
  const rows = Object.entries(fields);
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(rows.map(([name, row]) => [name, described(row)])),
    required: rows.flatMap(([name, row]) => (row.required === true ? [name] : [])),
  };
}

function described(declaration: AttributeDeclaration): JsonSchema {
  const { help, default: usual } = declaration;
  return {
    description: help,
    ...schemaOf(declaration),
    ...(usual === undefined ? {} : { default: usual }),
  };
}

const withWords = (name: AttributeName): JsonSchema => described(declarationOf(name));

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
    strict: { type: 'boolean', description: 'Unknown attributes are errors, not warnings.' },
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
