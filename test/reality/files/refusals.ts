/**
 * What PM2 accepts and pm refuses, because the user is served better by a word than by what would come of it. The same
 * reasons stand in docs/pm2-differences.md (a test looks).
 */
export const REFUSALS: readonly {
  readonly attributes: readonly string[];
  readonly values: readonly string[];
  /** As it stands in docs/pm2-differences.md. */
  readonly reason: string;
}[] = [
  {
    attributes: ['instances'],
    values: [`'abc'`, `'true'`, `'false'`, `'10s'`, `'150M'`, `'a b'`, `'* * * * *'`],
    reason: '`instances` of a text that is no number',
  },
  {
    attributes: ['cwd'],
    values: [
      ...[`'0'`, `'3000'`, `'-1'`, `' 5 '`, `'abc'`, `'true'`, `'false'`, `'1.5'`, `'10s'`, `'150M'`],
      ...[`'a b'`, `'* * * * *'`],
    ],
    reason: '`cwd` of a folder that is not there',
  },
];
