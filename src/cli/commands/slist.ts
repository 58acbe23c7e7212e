import { cpus, freemem, hostname, loadavg, platform, release, totalmem, uptime } from 'node:os';
import { cpuCount } from '../../platform';
import type { Command } from '../command';

export const makeSlist = (): Command => ({
  name: 'slist',
  args: '',
  description: 'Prints figures of this machine as JSON.',
  options: [{ flags: '-t, --tree', help: 'Laid out over several lines.' }],
  examples: [['pm slist | jq .memory', 'the memory of the machine']],
  run: async (input) => {
    const facts = {
      host: { name: hostname(), platform: platform(), release: release(), uptimeS: Math.round(uptime()) },
      cpu: { count: cpus().length, usable: cpuCount(), model: cpus()[0]?.model ?? '', load: loadavg() },
      memory: { totalBytes: totalmem(), freeBytes: freemem() },
    };
    return {
      text: `${JSON.stringify(facts, undefined, input.options['tree'] === true ? 2 : undefined)}\n`,
      data: true,
    };
  },
});
