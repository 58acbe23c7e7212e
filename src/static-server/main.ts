import { statSync } from 'node:fs';
import { createServer } from 'node:http';
import { settingsOf } from './settings';
import { makeSite } from './site';

/* The app that `pm serve` and `script: 'serve'` start: an ordinary app, with nothing of pm but its variables. */

try {
  const settings = settingsOf(process.env, process.cwd());
  if (!statSync(settings.root).isDirectory()) throw new Error(`${settings.root} is no folder`);
  createServer(makeSite(settings)).listen(settings.port, settings.host, () => {
    process.stdout.write(`Serving ${settings.root} on ${settings.host}:${settings.port}\n`);
  });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
