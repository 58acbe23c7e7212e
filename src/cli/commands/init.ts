import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pmError } from '../../errors';
import type { Command } from '../command';

export const makeInit = (): Command => ({
  name: 'init',
  args: '[mode]',
  description:
    'Writes an ecosystem.config.js into this folder: `simple` with one app, otherwise with more of what there is. Never overwrites one.',
  options: [],
  examples: [['pm init simple', 'the shortest one']],
  run: async ({ args: [mode] }, { cwd, output }) => {
    const file = join(cwd, 'ecosystem.config.js');
    if (existsSync(file))
      throw pmError('BAD_ARGUMENT', {
        message: `File ${file} is there already`,
        hint: 'Nothing was written. Move it away first.',
      });
    writeFileSync(file, mode === 'simple' ? SIMPLE : FULL);
    output.info(`File ${file} generated`);
    return {};
  },
});

const SIMPLE = `module.exports = {
  apps: [
    {
      name: 'app1',
      script: './app.js',
    },
  ],
};
`;

const FULL = `module.exports = {
  apps: [
    {
      name: 'api',
      script: './app.js',
      // One instance per CPU, sharing the port; \`pm reload api\` replaces them without losing a request.
      instances: 'max',
      max_memory_restart: '500M',
      env: { NODE_ENV: 'development' },
      // pm start ecosystem.config.js --env production
      env_production: { NODE_ENV: 'production' },
    },
    {
      name: 'worker',
      script: './service-worker/index.js',
      watch: ['./service-worker'],
      // Every night at three, in this time zone.
      cron_restart: '0 3 * * *',
      cron_timezone: 'UTC',
    },
  ],
};
`;
