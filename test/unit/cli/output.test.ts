import { makeOutput } from '../../../src/cli/render/output';
import { plainPaint } from '../../../src/cli/render/paint';

function outputTo(options: { isTty?: boolean; silent?: boolean; columns?: number } = {}) {
  const said = { out: '', err: '' };
  const output = makeOutput({
    stdout: (text) => (said.out += text),
    stderr: (text) => (said.err += text),
    terminal: { isTty: options.isTty ?? false, colour: false, columns: options.columns ?? 80 },
    paint: plainPaint,
    silent: options.silent ?? false,
  });
  return { output, said };
}

describe('what pm says', () => {
  test('has its prefixes; warnings and errors go to stderr', () => {
    const { output, said } = outputTo();
    output.info('done');
    output.warn('careful');
    output.error('no', 'do this');
    expect(said).toEqual({ out: '[PM] done\n', err: '[PM][WARN] careful\n[PM][ERROR] no\ndo this\n' });
  });

  test('is mute with -s, but for errors and data', () => {
    const { output, said } = outputTo({ silent: true });
    output.info('done');
    output.warn('careful');
    output.print('table');
    output.step('1', 'online');
    output.raw('[]');
    output.error('no');
    expect(said).toEqual({ out: '[]', err: '[PM][ERROR] no\n' });
  });

  test('is a line per step where there is no terminal', () => {
    const { output, said } = outputTo();
    output.step('1', 'api#1 launching');
    output.step('1', 'api#1 online');
    expect(said.out).toBe('[PM] api#1 launching\n[PM] api#1 online\n');
  });

  test('replaces the last step of the same instance on a terminal, and only that', () => {
    const { output, said } = outputTo({ isTty: true });
    output.step('1', 'a');
    output.step('1', 'b');
    output.step('2', 'c');
    output.warn('w');
    output.step('2', 'd');
    expect(said.out).toBe('[PM] a\n\u001b[1A\u001b[2K[PM] b\n[PM] c\n[PM] d\n');
  });

  test('does not try to take back a line that the terminal wrapped', () => {
    const { output, said } = outputTo({ isTty: true, columns: 8 });
    output.step('1', 'too long');
    output.step('1', 'b');
    expect(said.out).toBe('[PM] too long\n[PM] b\n');
  });
});
