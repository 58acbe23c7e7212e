import { createHome, type TestHome } from '../../rig/home';
import { openPuppets, type Puppets } from '../../rig/puppets';

describe('the environment of an app', () => {
  let home: TestHome;
  let puppets: Puppets;
  beforeEach(async () => {
    home = createHome();
    puppets = await openPuppets(home);
  });
  afterEach(async () => {
    await home.dispose();
    await puppets.close();
  });

  test.each([
    ['fork', []],
    ['cluster', ['-i', '1']],
  ])('in %s mode is the one of the caller, and nothing of God', async (_mode, options) => {
    // This God was started by somebody with a secret.
    await home.ok(['ping'], {
      env: { SECRET: 'of another', PM_SECRET: 'also', NODE_OPTIONS: '--no-deprecation' },
    });
    await home.ok(['start', puppets.script, '--name', 'p', ...options], {
      env: { ...puppets.env, MINE: 'yes' },
    });
    const { env } = await puppets.next();
    expect(env).toMatchObject({
      MINE: 'yes',
      PM_HOME: home.path,
      name: 'p',
      pm_id: '0',
      NODE_APP_INSTANCE: '0',
    });
    expect(env['PATH']).toBe(home.env['PATH']);
    const foreign = [
      'SECRET',
      'PM_SECRET',
      'NODE_OPTIONS',
      'PM_WORKER_PRELOAD',
      'PM_GOD_NODE',
      'PM_READY_FD',
    ];
    expect(foreign.filter((name) => name in env)).toEqual([]);
  });

  test('carries the number of the instance and its id', async () => {
    await home.ok(['start', puppets.script, '--name', 'a', '-i', '2'], { env: puppets.env });
    await home.ok(['start', puppets.script, '--name', 'b', '-i', '2', '-x'], { env: puppets.env });
    const all = [await puppets.next(), await puppets.next(), await puppets.next(), await puppets.next()];
    const numbers = all.map(
      ({ env }) => `${env['name']} ${env['NODE_APP_INSTANCE']} ${env['pm_id']} ${env['exec_mode']}`,
    );
    expect(numbers.sort()).toEqual([
      'a 0 0 cluster_mode',
      'a 1 1 cluster_mode',
      'b 0 2 fork_mode',
      'b 1 3 fork_mode',
    ]);
  });

  test('comes from the file, and --env chooses its variant', async () => {
    const file = home.write(
      'ecosystem.config.js',
      `module.exports = { name: 'p', script: ${JSON.stringify(puppets.script)}, args: 'one "two three"', port: 4711,
        instance_var: 'NUMBER', env: { A: '1', B: '1', O: { x: 1 } }, env_production: { B: '2' } }`,
    );
    await home.ok(['start', file, '--env', 'production'], { env: puppets.env });
    const { env, args } = await puppets.next();
    expect(env).toMatchObject({ A: '1', B: '2', O: '{"x":1}', PORT: '4711', NUMBER: '0' });
    expect(args).toEqual(['one', 'two three']);
  });

  test('stays over a restart, until --update-env', async () => {
    await home.ok(['start', puppets.script], { env: { ...puppets.env, COLOUR: 'red' } });
    expect((await puppets.next()).env['COLOUR']).toBe('red');
    await home.ok(['restart', 'puppet'], { env: { ...puppets.env, COLOUR: 'blue' } });
    expect((await puppets.next()).env['COLOUR']).toBe('red');
    await home.ok(['restart', 'puppet', '--update-env'], { env: { ...puppets.env, COLOUR: 'blue' } });
    expect((await puppets.next()).env['COLOUR']).toBe('blue');
  });

  test('-- hands arguments to the app, and --cwd its folder', async () => {
    home.write('sub/x', '');
    await home.ok(['start', puppets.script, '--cwd', `${home.cwd}/sub`, '--', '-i', '4', '--name', 'x'], {
      env: puppets.env,
    });
    const { args, env } = await puppets.next();
    expect(args).toEqual(['-i', '4', '--name', 'x']);
    expect(env['pm_cwd']).toBe(`${home.cwd}/sub`);
    expect(await home.list()).toHaveLength(1);
  });
});
