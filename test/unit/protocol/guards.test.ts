import { checkAppSpec, checkSpecPatch, checkUnset, readAppSpec } from '../../../src/protocol/guards';
import { sampleSpec } from '../god/samples';

test('a whole app passes', () => {
  expect(checkAppSpec(JSON.parse(JSON.stringify(sampleSpec())))).toEqual(sampleSpec());
});

test.each<[string, Record<string, unknown>, string]>([
  ['a missing field', { name: undefined }, 'name'],
  ['an attribute with a default, left out', { killTimeoutMs: undefined }, 'killTimeoutMs'],
  ['a number as text', { maxRestarts: '16' }, 'maxRestarts'],
  ['a number below its minimum', { minUptimeMs: 5 }, 'minUptimeMs'],
  ['a word that is none of the known', { balance: 'fair' }, 'balance'],
  ['a variable that is no text', { env: { A: 1 } }, 'env'],
  ['a list of something else', { args: [1] }, 'args'],
  ['a relative folder', { cwd: 'here' }, 'cwd'],
  ['no instances', { instances: 0 }, 'instances'],
  ['a fraction', { listenTimeoutMs: 1.5 }, 'listenTimeoutMs'],
  ['not a number', { restartDelayMs: Number.NaN }, 'restartDelayMs'],
])('%s is refused by name', (_, changes, field) => {
  expect(() => checkAppSpec({ ...sampleSpec(), ...changes })).toThrow(new RegExp(`wrong fields: ${field}`));
});

test.each([[null], ['app'], [[]], [7]])('%j is no app', (value) => {
  expect(() => checkAppSpec(value)).toThrow('wrong fields');
  expect(readAppSpec(value)).toBeNull();
});

test('changes may be few, but not wrong', () => {
  expect(checkSpecPatch({ killTimeoutMs: 5 })).toEqual({ killTimeoutMs: 5 });
  expect(() => checkSpecPatch({ killTimeoutMs: '5' })).toThrow('wrong fields: killTimeoutMs');
});

test('what goes may only be what an app can do without', () => {
  expect(checkUnset(['maxMemoryRestartBytes', 'uid'])).toEqual(['maxMemoryRestartBytes', 'uid']);
  for (const wrong of [['name'], ['killTimeoutMs'], ['nosuch'], 'uid', [1]])
    expect(() => checkUnset(wrong)).toThrow('unset');
});
