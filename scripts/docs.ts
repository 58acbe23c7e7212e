import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { attributesMarkdown } from '../src/ecosystem/attributes/markdown';

/** `npm run docs`: writes the parts of docs/ that are made from declarations. A unit test says when to run it. */
writeFileSync(resolve(__dirname, '../docs/attributes.md'), attributesMarkdown());
