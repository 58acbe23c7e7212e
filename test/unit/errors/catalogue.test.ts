import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS, fromWire, pmError, toWire } from '../../../src/errors';

const page = readFileSync(join(__dirname, '../../../docs/errors.md'), 'utf8');
const documented = [...page.matchAll(/^\| `([A-Z_]+)` *\|/gm)].map(([, code]) => code);

test('docs/errors.md has every code once, and no other', () => {
  expect(documented.toSorted()).toEqual(Object.keys(ERRORS).toSorted());
});

test('an error crosses the wire with its code, its words and its hint', () => {
  const error = pmError('NOT_FOUND', { selector: 'api' });
  const back = fromWire(JSON.parse(JSON.stringify(toWire(error))));
  expect(back).toMatchObject({ code: 'NOT_FOUND', message: error.message, hint: error.hint });
});

test('a bug crosses the wire as INTERNAL, without its stack', () => {
  const wire = toWire(new TypeError('x is undefined'));
  expect(wire).toMatchObject({ code: 'INTERNAL', message: 'Internal error: x is undefined' });
  expect(JSON.stringify(wire)).not.toContain('    at ');
});

test.each([null, 7, {}, { code: 'NOT_FOUND' }])(
  'something odd for an error (%p) is an error all the same',
  (value) => {
    expect(fromWire(value).code).toBe('PROTOCOL');
  },
);

test('a code that this version does not know keeps its words', () => {
  expect(fromWire({ code: 'FROM_THE_FUTURE', message: 'later' })).toMatchObject({
    code: 'INTERNAL',
    message: 'later',
  });
});
