import { decideReloadMode, type MemoryFacts } from '../../../../src/god/policy/reload-mode';

const MB = 1024 ** 2;
const facts = (changes: Partial<MemoryFacts> = {}): MemoryFacts => ({
  neededBytes: 400 * MB,
  availableBytes: 1000 * MB,
  serving: 4,
  canShare: true,
  ...changes,
});

test.each<[string, Partial<MemoryFacts>, 'atomic' | 'rolling', RegExp | null]>([
  ['two of everything fit into half of what is free', {}, 'atomic', null],
  ['exactly half', { neededBytes: 500 * MB }, 'atomic', null],
  [
    'more than half',
    { neededBytes: 501 * MB },
    'rolling',
    /4 new workers need about 501 MB, more than half of the 1000 MB/,
  ],
  ['one instance alone: nothing to be mixed', { serving: 1, neededBytes: 900 * MB }, 'rolling', null],
  ['memory cannot be read', { availableBytes: null }, 'atomic', null],
  ['the workers cannot be measured', { neededBytes: null }, 'atomic', null],
  ['old and new cannot listen side by side', { canShare: false }, 'rolling', null],
])('auto, %s: %s', (_when, changes, mode, why) => {
  const choice = decideReloadMode('auto', facts(changes));
  expect(choice.mode).toBe(mode);
  if (why === null) expect(choice.why).toBeNull();
  else expect(choice.why).toMatch(why);
});

test('what was asked for goes before memory', () => {
  expect(decideReloadMode('atomic', facts({ neededBytes: 900 * MB }))).toEqual({ mode: 'atomic', why: null });
  expect(decideReloadMode('rolling', facts())).toEqual({ mode: 'rolling', why: null });
});

test('but not before what cannot be done, which is said', () => {
  expect(decideReloadMode('atomic', facts({ canShare: false }))).toMatchObject({
    mode: 'rolling',
    why: expect.stringMatching(/cannot listen on one port/) as unknown,
  });
});
