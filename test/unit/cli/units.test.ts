import { durationText, memoryText, uptimeText } from '../../../src/cli/render/units';

const s = 1000;
const m = 60 * s;
const h = 60 * m;
const d = 24 * h;

test.each([
  [0, '0s'],
  [-5, '0s'],
  [999, '0s'],
  [119 * s, '119s'],
  [120 * s, '2m'],
  [119 * m, '119m'],
  [2 * h, '2h'],
  [47 * h, '47h'],
  [2 * d, '2D'],
  [59 * d, '59D'],
  [60 * d, '2M'],
  [729 * d, '24M'],
  [730 * d, '2Y'],
])('an uptime of %d ms is %s', (uptimeMs, text) => {
  expect(uptimeText(uptimeMs)).toBe(text);
});

test.each([
  [0, '0b'],
  [1023, '1023b'],
  [1024, '1.0kb'],
  [27_787_264, '26.5mb'],
  [1.5 * 1024 ** 3, '1.5gb'],
  [3 * 1024 ** 4, '3.0tb'],
  [2048 * 1024 ** 4, '2048.0tb'],
])('%d bytes are %s', (bytes, text) => {
  expect(memoryText(bytes)).toBe(text);
});

test.each([
  [12, '12ms'],
  [12_340, '12.3s'],
  [119_000, '119.0s'],
  [120_000, '2m'],
])('a life of %d ms is %s', (durationMs, text) => {
  expect(durationText(durationMs)).toBe(text);
});
