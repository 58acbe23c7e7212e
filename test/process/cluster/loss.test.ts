import { CLIENT_CLASSES } from '../../bench/loss/clients/all';
import { lossCount, lossTable } from '../../bench/loss/report';
import { runLoss } from '../../bench/loss/run';

/** The long form, for every balance and Node: `npm run bench:loss -- --full` (docs/zero-downtime.md). */
test('every kind of client loses nothing over reload, restart, scale and kills of idle workers', async () => {
  const { tallies, losses } = await runLoss({
    node: { path: process.execPath, version: process.versions.node, major: 0 },
    balance: 'round-robin',
    plan: { reloads: 1, restarts: 1, scaleSteps: 2, idleKills: 3 },
    classes: CLIENT_CLASSES.map(({ name }) => name),
    onProgress: () => undefined,
  });
  if (lossCount(tallies) > 0) throw new Error([lossTable(tallies), ...losses].join('\n'));
  expect(Object.values(tallies).map(({ ok }) => ok > 0)).toEqual(CLIENT_CLASSES.map(() => true));
}, 120_000);
