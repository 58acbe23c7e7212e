import type { Command } from '../command';
import { NARROWING_BY_NAME } from '../line/global-options';
import { setMonitored } from '../monitored';

export const makeUnmonitor = (): Command => ({
  name: 'unmonitor',
  args: '[selector...]',
  description: "Clears PM2's flag `_km_monitored` of instances.",
  options: NARROWING_BY_NAME,
  examples: [['pm unmonitor api', 'the flag is false']],
  run: (input, context) => setMonitored(false, input, context),
});
