import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { circlesIn, graphOf } from './circles';

const src = resolve(__dirname, '../../../src');
const files = new Map(
  readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(src, path), readFileSync(path, 'utf8')] as const;
    }),
);

test('no file under src/ reaches itself through others, type imports included', () => {
  expect(circlesIn(graphOf(files))).toEqual([]);
});

test('a circle is found, also through types and lazy imports, and a line of imports is none', () => {
  const graph = graphOf(
    new Map([
      ['a.ts', "import type { B } from './b'"],
      ['b.ts', "const load = () => import('./deep/c')"],
      ['deep/c.ts', "export * from '../a'; import './d'"],
      ['deep/d.ts', ''],
    ]),
  );
  expect(circlesIn(graph)).toEqual([['a.ts', 'b.ts', 'deep/c.ts']]);
});
