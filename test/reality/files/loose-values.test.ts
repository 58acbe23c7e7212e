import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { normaliseApps, openDocument, type NormaliseContext } from '../../../src/ecosystem';
import { attributeNames, declarationOf } from '../../../src/ecosystem/attributes/names';
import { PmError } from '../../../src/errors';
import { cpuCount, lookupGroup, lookupUser } from '../../../src/platform';
import { installPm2 } from '../pm2/install';
import { LOOSE_VALUES } from './loose-values';
import { REFUSALS } from './refusals';
import { keyOf, verdictsOfPm2, type Verdicts } from './verdicts';

/** `script` is what is run: no value of it is loose. The rest of PM2's attributes, and one of its environments. */
const ATTRIBUTES = [
  ...attributeNames.filter((name) => name !== 'script' && declarationOf(name).origin !== 'pm'),
  'env_production',
];

/** Half a minute alone; the machine may be busy. */
const JUDGE_DEADLINE_MS = 300_000;

const pm2 = installPm2();

(pm2 === null ? describe.skip : describe)('what PM2 accepts, pm accepts', () => {
  let verdicts: Verdicts;
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pm-loose-'));
    writeFileSync(join(folder, 'app.js'), '');
    // Read as a name of a folder by both.
    verdicts = verdictsOfPm2(pm2 ?? '', ATTRIBUTES, LOOSE_VALUES);
  }, JUDGE_DEADLINE_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const refusalOf = (attribute: string, text: string): string | null => {
    const context: NormaliseContext = {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder },
      cliOptions: {},
      cpuCount: cpuCount(),
      execPath: process.execPath,
      staticServer: '/nowhere',
      findInPath: (command) => `/usr/bin/${command}`,
      lookupUser,
      lookupGroup,
      username: 'tester',
    };
    // The same text that the judge is asked about, out of a list in this folder.
    const value = (0, eval)(`(${text})`) as unknown;
    try {
      normaliseApps(
        openDocument({ name: 'n', script: 'app.js', autostart: false, [attribute]: value }),
        context,
      );
      return null;
    } catch (error) {
      if (error instanceof PmError) return error.message;
      throw error;
    }
  };

  const isListed = (attribute: string, text: string): boolean =>
    REFUSALS.some(({ attributes, values }) => attributes.includes(attribute) && values.includes(text));

  test('the judge has answered everything, and accepts most of it', () => {
    expect(verdicts.size).toBe(ATTRIBUTES.length * LOOSE_VALUES.length);
    expect([...verdicts.values()].filter((verdict) => verdict === 'accepts').length).toBeGreaterThan(700);
  });

  test.each(ATTRIBUTES)('%s', (attribute) => {
    const refused = LOOSE_VALUES.flatMap((text) => {
      if (verdicts.get(keyOf(attribute, text)) !== 'accepts' || isListed(attribute, text)) return [];
      const why = refusalOf(attribute, text);
      return why === null ? [] : [`${text}: ${why}`];
    });
    expect(refused).toEqual([]);
  });

  test('every refusal of the list is one, and PM2 accepts it', () => {
    const stale = REFUSALS.flatMap(({ attributes, values }) =>
      attributes.flatMap((attribute) =>
        values.filter(
          (text) => verdicts.get(keyOf(attribute, text)) !== 'accepts' || refusalOf(attribute, text) === null,
        ),
      ),
    );
    expect(stale).toEqual([]);
  });
});

test('the reason of every refusal stands in docs/pm2-differences.md', () => {
  const page = readFileSync(resolve(__dirname, '../../../docs/pm2-differences.md'), 'utf8');
  expect(REFUSALS.map(({ reason }) => reason).filter((reason) => !page.includes(reason))).toEqual([]);
});
