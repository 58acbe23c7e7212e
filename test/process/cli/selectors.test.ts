import { app, createHome, type TestHome } from '../../rig/home';

/** Every acting command takes every kind of selector. One home; after each case everything is as it was. */
describe('selectors', () => {
  let home: TestHome;
  beforeAll(async () => {
    home = createHome();
    const file = JSON.stringify({
      apps: [
        { name: 'api', script: app('server.js'), min_uptime: 100 },
        { name: 'job-a', script: app('server.js'), min_uptime: 100, namespace: 'jobs' },
        { name: 'job-b', script: app('server.js'), min_uptime: 100, namespace: 'jobs' },
      ],
    });
    home.write('ecosystem.json', file);
    await home.ok(['start', 'ecosystem.json']);
  });
  afterAll(() => home.dispose());

  const SELECTORS: [title: string, selector: string[], names: string[]][] = [
    ['a name', ['api'], ['api']],
    ['an id', ['1'], ['job-a']],
    ['several', ['0', 'job-b'], ['api', 'job-b']],
    ['a namespace', ['jobs'], ['job-a', 'job-b']],
    ['a pattern', ['/^job-/'], ['job-a', 'job-b']],
    ['all', ['all'], ['api', 'job-a', 'job-b']],
    ['a file', ['ecosystem.json'], ['api', 'job-a', 'job-b']],
    ['one app of a file', ['ecosystem.json', '--only', 'job-a'], ['job-a']],
    ['two apps of a file', ['ecosystem.json', '--only', 'job-a,api'], ['api', 'job-a']],
  ];

  test.each(SELECTORS)('%s: restart, reload, stop, start again', async (_title, selector, names) => {
    const pids = async (): Promise<Map<string, number>> =>
      new Map((await home.list()).map(({ name, pid }) => [name, pid]));
    const changed = (one: Map<string, number>, two: Map<string, number>): string[] =>
      [...one.keys()].filter((name) => one.get(name) !== two.get(name)).sort();

    const first = await pids();
    await home.ok(['restart', ...selector]);
    const second = await pids();
    expect(changed(first, second)).toEqual(names);
    await home.ok(['reload', ...selector]);
    const third = await pids();
    expect(changed(second, third)).toEqual(names);
    await home.ok(['stop', ...selector]);
    const stopped = (await home.list()).filter(({ status }) => status === 'stopped');
    expect(stopped.map(({ name, pid }) => `${name} ${pid}`).sort()).toEqual(names.map((name) => `${name} 0`));
    await home.ok(['restart', ...selector]);
    await home.untilAll('online');
  });

  test('delete takes them too', async () => {
    for (const [, selector, names] of SELECTORS) {
      await home.ok(['delete', ...selector]);
      const left = (await home.list()).map(({ name }) => name);
      expect(left.filter((name) => names.includes(name))).toEqual([]);
      expect(left).toHaveLength(3 - names.length);
      // Ids go on counting while anything is there; of an empty list they begin anew.
      await home.pm(['delete', 'all']);
      await home.ok(['start', 'ecosystem.json']);
    }
  });
});
