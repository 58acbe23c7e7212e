import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `accepts`, `refuses`, or what it did instead of answering. */
export type Verdict = 'accepts' | 'refuses' | 'throws' | 'crashes' | 'hangs';

/** What a judge says of each attribute with each value. */
export type Verdicts = ReadonlyMap<string, Verdict>;

export const keyOf = (attribute: string, value: string): string => `${attribute}: ${value}`;

/** The judge dies of some values; each time it goes on behind the one that killed it. Nine did, when this was written. */
const MAX_ROUNDS = 60;
const ROUND_DEADLINE_MS = 120_000;

/** Asks PM2 whether it starts an app with each of the attributes set to each of the values; nothing is run. */
export function verdictsOfPm2(
  folder: string,
  attributes: readonly string[],
  values: readonly string[],
): Verdicts {
  const work = mkdtempSync(join(tmpdir(), 'pm-judge-'));
  try {
    const answers = join(work, 'answers');
    mkdirSync(join(work, 'home'));
    writeFileSync(join(work, 'app.js'), '');
    writeFileSync(answers, '');
    writeFileSync(join(work, 'question.json'), JSON.stringify({ attributes, values }));
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const judge = spawnSync(process.execPath, [join(__dirname, 'ask-pm2.cjs'), folder, work], {
        env: { PATH: process.env['PATH'], HOME: work, PM2_HOME: join(work, 'home'), PM2_SILENT: 'true' },
        timeout: ROUND_DEADLINE_MS,
        stdio: 'ignore',
      });
      if (judge.status === 0) break;
    }
    const lines = readFileSync(answers, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    // The last word counts: `crashes` is written before each question, and stays where there was no answer.
    return new Map(lines.map((line) => JSON.parse(line) as [string, Verdict]));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
