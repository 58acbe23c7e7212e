import type { Command } from '../command';
import { NARROWING_BY_NAME } from '../line/global-options';
import { setMonitored } from '../monitored';

export const makeMonitor = (): Command => ({
  name: 'monitor',
  args: '[selector...]',
  description: "Sets PM2's flag `_km_monitored` of instances, for programs that read it from jlist.",
  options: NARROWING_BY_NAME,
  examples: [['pm monitor api', 'the flag is true']],
  run: (input, context) => setMonitored(true, input, context),
});
