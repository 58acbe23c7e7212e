import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SHORT, STEPS, casesOf, inWords } from './cases';

const SOURCES = join(__dirname, '../../../src');
const flows = Object.keys(STEPS) as (keyof typeof STEPS)[];

/** Those of `event.<type>` are named by what a shim tells. */
const isEvent = (point: string): boolean => point.startsWith('event.');

test('every failpoint in the sources is a step of some flow, and every step is a failpoint', () => {
  const inSources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(join(SOURCES, name), 'utf8').matchAll(/failpoint\('([^']+)'\)/g)])
    .map(([, point]) => point);
  const inFlows = flows.flatMap((flow) => Object.values(STEPS[flow]).flatMap((points) => points.split(' ')));
  const known = inFlows.filter((point) => !isEvent(point));
  expect([...new Set(known)].sort()).toEqual([...new Set(inSources)].sort());
});

test('the short form names what there is', () => {
  expect(flows.flatMap(casesOf).map(inWords)).toEqual(expect.arrayContaining(SHORT));
});
