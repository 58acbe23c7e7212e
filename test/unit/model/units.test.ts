import { isRestartWindow, parseDuration, parseRestartWindow, parseSize } from '../../../src/model/units';

test.each([
  [500, 500],
  ['500', 500],
  ['200K', 204_800],
  ['150M', 157_286_400],
  ['1.5G', 1_610_612_736],
  [' 2G ', 2_147_483_648],
  [-5, -5],
])('the size %p is %p bytes', (written, bytes) => {
  expect(parseSize(written)).toBe(bytes);
});

test.each(['lots', '', '150MB', '150m', 'M', '-3M', NaN, Infinity, true, null, {}, [150]])(
  '%p is no size',
  (written) => {
    expect(parseSize(written)).toBeNull();
  },
);

test.each([
  [500, 500],
  ['500', 500],
  ['500ms', 500],
  ['90s', 90_000],
  ['1.5s', 1500],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['1d', 86_400_000],
])('the time %p is %p ms', (written, ms) => {
  expect(parseDuration(written)).toBe(ms);
});

test.each(['soon', '', '5 s', '5S', '1w', '-1s', false, null, undefined, {}])('%p is no time', (written) => {
  expect(parseDuration(written)).toBeNull();
});

test.each([
  ['60 in 10m', { count: 60, windowMs: 600_000 }],
  ['1 in 500ms', { count: 1, windowMs: 500 }],
  ['3 in 1000', { count: 3, windowMs: 1000 }],
])('the window %p allows %p', (written, window) => {
  expect(parseRestartWindow(written)).toEqual(window);
  expect(isRestartWindow(written)).toBe(true);
});

test('the window "off" is valid and is no limit', () => {
  expect(isRestartWindow('off')).toBe(true);
  expect(parseRestartWindow('off')).toBeNull();
});

test.each(['', '60', '60 in', '0 in 10m', '60 in 0s', '60 per 10m', '-1 in 1m', 'on'])(
  '%p is no window',
  (written) => {
    expect(isRestartWindow(written)).toBe(false);
    expect(parseRestartWindow(written)).toBeNull();
  },
);
