import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openPm2Dump } from '../../ecosystem';
import { pmError, reasonOf } from '../../errors';
import type { Command, Context } from '../command';
import { FILE_OPTIONS, TABLE_OPTIONS } from '../line/global-options';
import { carryOut, planApps } from '../plan';
import { tableView } from '../table';

export const makeImport = (): Command => ({
  name: 'import',
  args: '[dump]',
  description:
    "Reads PM2's list (`pm2 save` writes it: ~/.pm2/dump.pm2) and starts its apps under pm. Names that pm has already are left alone. PM2 is not touched: `pm2 kill` first, or ports are taken.",
  options: [...FILE_OPTIONS, ...TABLE_OPTIONS],
  examples: [
    ['pm2 save && pm2 kill && pm import', 'move everything over'],
    ['pm import /backup/dump.pm2 --only api', 'one app, from another file'],
  ],
  run: async (input, context) => {
    const file = resolve(context.cwd, input.args[0] ?? defaultDump(context));
    const document = openPm2Dump(await readDump(file), file);
    const { instances } = await (await context.satan()).call('list', {});
    const known = new Set(instances.map(({ name }) => name));
    const nameOf = ({ value }: (typeof document.apps)[number]): string =>
      String((value as { name?: unknown }).name);
    const apps = document.apps.filter((app) => !known.has(nameOf(app)));
    for (const app of document.apps.filter((one) => known.has(nameOf(one))))
      context.output.warn(`${nameOf(app)} is in the list already, and left alone`);
    if (apps.length === 0) {
      context.output.info(`Nothing to import from ${file}`);
      return tableView(input, context);
    }
    return carryOut(
      [await planApps({ ...document, apps }, { match: 'name', existing: 'restart' }, input, context)],
      input,
      context,
    );
  },
});

const defaultDump = ({ env }: Context): string =>
  join(env['PM2_HOME'] ?? join(env['HOME'] ?? '', '.pm2'), 'dump.pm2');

async function readDump(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw pmError(
      'CONFIG_NOT_FOUND',
      {
        file,
        hint: `${reasonOf(error)}. \`pm2 save\` writes one; or say where it is: \`pm import <dump.pm2>\`.`,
      },
      { cause: error },
    );
  }
}
