import { request } from 'node:http';
import { connect } from 'node:net';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createHome, type TestHome } from '../../rig/home';
import { freePort } from '../../rig/http';

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const GIVEN_AWAY = expect.objectContaining({
  answer: expect.stringContaining('GIVEN AWAY') as unknown,
}) as unknown;

/** An answer it is, and not the file. */
const KEPT = expect.stringMatching(/^HTTP\/1.1 \d{3} (?![^]*GIVEN AWAY)/) as unknown;

/** Ways to write the path of a file that must not be given away. */
const SPELLINGS = [
  '/.env',
  '/%2eenv',
  '/%2Eenv',
  '//.env',
  '//../.env',
  '/./.env',
  '/.well-known/../.env',
  '/.well-known/%2e%2e/.env',
  '/.well-known/%2E./%2Eenv',
  '/.well-known/..%2f.env',
  '/.well-known%2f..%2f.env',
  '/.well-known/%2e%2e%2f%2eenv',
  '/.well-known/..//.env',
  '/.well-known/x/../../.env?.well-known/',
  '/.well-known/..\\.env',
  '/.well-known/..%5c.env',
  '/.well-known/%252e%252e/.env',
  '/.well-known/%252e%252e%252f.env',
  '/.well-known/.env',
  '/.well-known/../.git/config',
  '/.well-known/../sub/.env',
  '/.well-known/../..env',
  '/.well-known/../.env%00.html',
  '/.well-known/../../beside/secret',
  '/sub/..%2f..%2fbeside/secret',
  '/sub/%2e%2e/%2e%2e/beside/secret',
  '//sub//..//..//beside//secret',
  'http://x/.well-known/../.env',
  'http://x/.env',
  '/.git/',
  '/sub/../.git/config',
];

/** PM2-FACTS §7.7, over real requests. */
describe('pm serve', () => {
  let home: TestHome;
  beforeAll(() => {
    home = createHome();
    const site: Record<string, string> = {
      'site/index.html': '<h1>home</h1>',
      'site/about.html': 'about',
      'site/app.js': 'let a = 1;',
      'site/data': 'no extension',
      'site/404.html': 'nothing here',
      'site/deep/index.html': 'deep',
      'site/.secret': 'hidden',
      'site/.well-known/acme': 'token',
      'files/b.txt': 'b',
      'files/a b & <c>?.txt': 'odd',
      'files/folder/x.txt': 'x',
      'files/.hidden': '',
      'outside.txt': 'outside',
    };
    for (const [path, text] of Object.entries(site)) home.write(path, text);
  });
  afterEach(() => home.pm(['delete', 'all']));
  afterAll(() => home.dispose());

  /** The path goes out as it is, `..` and all. */
  const ask = (
    port: number,
    path: string,
    { headers = {}, method = 'GET' }: { headers?: Record<string, string>; method?: string } = {},
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
        );
      });
      sent.on('error', reject);
      sent.end();
    });
  const serve = async (...words: string[]): Promise<number> => {
    const port = await freePort();
    const [path = '.', ...options] = words;
    await home.ok(['serve', path, String(port), ...options]);
    return port;
  };

  test('files, their types, ranges, HEAD, 404, and nothing outside of the folder', async () => {
    const port = await serve('site');
    expect((await home.list())[0]).toMatchObject({ name: `static-page-server-${port}`, status: 'online' });
    const root = await ask(port, '/');
    expect(root).toMatchObject({ status: 200, body: '<h1>home</h1>' });
    expect(root.headers).toMatchObject({
      'content-type': expect.stringMatching(/^text\/html/) as unknown,
      'access-control-allow-origin': '*',
    });
    expect((await ask(port, '/app.js?v=1')).headers['content-type']).toMatch(/javascript/);
    expect((await ask(port, '/data')).body).toBe('no extension');
    expect(await ask(port, '/deep')).toMatchObject({ status: 301, headers: { location: '/deep/' } });
    expect((await ask(port, '/deep/')).body).toBe('deep');
    const etag = String(root.headers['etag']);
    expect((await ask(port, '/', { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect(await ask(port, '/about.html', { headers: { range: 'bytes=1-2' } })).toMatchObject({
      status: 206,
      body: 'bo',
    });
    expect(await ask(port, '/about.html', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    expect((await ask(port, '/', { method: 'POST' })).status).toBe(405);
    expect(await ask(port, '/nosuch')).toMatchObject({ status: 404, body: 'nothing here' });
    expect((await ask(port, '/.secret')).status).toBe(404);
    expect((await ask(port, '/.well-known/acme')).body).toBe('token');
    for (const path of [
      '/../outside.txt',
      '/%2e%2e/outside.txt',
      '/..%2foutside.txt',
      '/deep/../../outside.txt',
    ]) {
      const { status, body } = await ask(port, path);
      expect(body).not.toContain('outside');
      expect([403, 404]).toContain(status);
    }
    expect((await ask(port, '/%zz')).status).toBe(400);
    expect((await ask(port, '//evil.example/%2f..')).headers['location'] ?? '').not.toMatch(/^\/\//);
  });

  /** Not through a client of ours, which would tidy up the path. */
  const askRaw = (port: number, path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 'latin1'),
      );
      socket.setEncoding('utf8');
      socket.on('data', (text: string) => (answer += text));
      socket.on('error', reject);
      socket.on('close', () => resolve(answer));
    });

  test('no spelling of a path gives away a dot file or leads out of the folder', async () => {
    home.write('guarded/.env', 'GIVEN AWAY');
    home.write('guarded/.git/config', 'GIVEN AWAY');
    home.write('guarded/.well-known/acme', 'token');
    home.write('guarded/.well-known/.env', 'GIVEN AWAY');
    home.write('guarded/sub/.env', 'GIVEN AWAY');
    home.write('guarded/sub/%2eenv', 'a name of its own');
    home.write('guarded/..env', 'GIVEN AWAY');
    home.write('beside/secret', 'GIVEN AWAY');
    for (const listing of [[], ['--ftp'], ['--spa']]) {
      const port = await serve('guarded', ...listing);
      for (const path of SPELLINGS)
        expect({ path, answer: await askRaw(port, path) }).toEqual({ path, answer: KEPT });
      expect(await askRaw(port, '/.well-known/acme')).toMatch(/^HTTP\/1.1 200 [^]*token$/);
      expect(await askRaw(port, '/x/%2e%2e/%2ewell-known//acme')).toMatch(/^HTTP\/1.1 200 [^]*token$/);
      expect(await askRaw(port, '/sub/%252eenv')).toMatch(/^HTTP\/1.1 200 [^]*a name of its own$/);
      await home.pm(['delete', 'all']);
    }
  });

  test('links are followed within the folder, not out of it and not to a dot file', async () => {
    home.write('linked/real/page.txt', 'page');
    home.write('linked/.env', 'GIVEN AWAY');
    home.write('linked/with-index/x', '');
    home.write('private/index.html', 'GIVEN AWAY');
    const link = (target: string, name: string) => symlinkSync(target, `${home.cwd}/linked/${name}`);
    link('real', 'folder');
    link('real/page.txt', 'page');
    link('.env', 'env');
    link('../private', 'out');
    link(`${home.cwd}/private/index.html`, 'out.html');
    link('../../private/index.html', 'with-index/index.html');
    link('../private/index.html', '404.html');
    symlinkSync('linked', `${home.cwd}/current`);
    const port = await serve('current', '--ftp');
    expect((await ask(port, '/folder/page.txt')).body).toBe('page');
    expect((await ask(port, '/page')).body).toBe('page');
    for (const path of ['/env', '/out', '/out/', '/out/index.html', '/out.html', '/with-index/', '/nosuch']) {
      expect({ path, answer: (await ask(port, path)).body }).not.toEqual(GIVEN_AWAY);
    }
    expect((await ask(port, '/nosuch')).status).toBe(404);
  });

  test('without a 404.html, a folder without index', async () => {
    const port = await serve('files');
    expect(await ask(port, '/')).toMatchObject({ status: 404, body: 'Not found\n' });
    expect((await ask(port, '/folder/')).status).toBe(404);
  });

  test('--spa: what is not there is the page, its assets are found from any route', async () => {
    const port = await serve('site', '--spa');
    expect(await ask(port, '/some/route')).toMatchObject({ status: 200, body: '<h1>home</h1>' });
    expect((await ask(port, '/some/app.js')).body).toBe('let a = 1;');
    expect((await ask(port, '/about.html')).body).toBe('about');
  });

  test('--ftp: folders are listed, folders first, dot files not, names cannot inject', async () => {
    const port = await serve('files', '--ftp', '--name', 'listing');
    const { body } = await ask(port, '/');
    expect(
      [...body.matchAll(/<li><a href="([^"]*)">([^<]*)</g)].map(([, href, name]) => `${href} ${name}`),
    ).toEqual([
      './folder/ folder/',
      './a%20b%20&%20%3Cc%3E%3F.txt a b &amp; &lt;c&gt;?.txt',
      './b.txt b.txt',
    ]);
    expect((await ask(port, '/a%20b%20&%20%3Cc%3E%3F.txt')).body).toBe('odd');
    expect((await ask(port, '/folder/')).body).toContain('x.txt');
    expect((await ask(port, '/../')).body).not.toContain('outside.txt');
    expect((await home.list())[0]!.name).toBe('listing');
  });

  test('basic auth', async () => {
    const port = await serve('site', '--basic-auth-username', 'ada', '--basic-auth-password', 'p:w');
    const basic = (text: string) => ({
      headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` },
    });
    expect(await ask(port, '/')).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': expect.stringMatching(/^Basic realm=/) as unknown },
    });
    expect((await ask(port, '/', basic('ada:wrong'))).status).toBe(401);
    expect((await ask(port, '/', basic('ada:p:w'))).status).toBe(200);
  });

  test("script: 'serve' with PM2's variables, and the section static", async () => {
    const ports = [await freePort(), await freePort()];
    home.write(
      'sites.json',
      JSON.stringify({
        apps: [
          {
            name: 'front',
            script: 'serve',
            env: {
              PM2_SERVE_PATH: 'site',
              PM2_SERVE_PORT: ports[0],
              PM2_SERVE_SPA: 'true',
              PM2_SERVE_HOMEPAGE: '/about.html',
            },
          },
        ],
        static: [
          { port: ports[1], path: './files', directory: true, basic_auth: { username: 'a', password: 'b' } },
        ],
      }),
    );
    await home.ok(['start', 'sites.json']);
    expect((await home.list()).map(({ name }) => name)).toEqual(['front', `static-page-server-${ports[1]}`]);
    expect((await ask(ports[0]!, '/')).body).toBe('about');
    expect((await ask(ports[0]!, '/x')).body).toBe('<h1>home</h1>');
    expect((await ask(ports[1]!, '/')).status).toBe(401);
    expect(
      (await ask(ports[1]!, '/', { headers: { authorization: `Basic ${btoa('a:b')}` } })).body,
    ).toContain('b.txt');
    await home.ok(['reload', 'sites.json']);
    expect((await ask(ports[0]!, '/')).body).toBe('about');
  });

  test('instances share the port', async () => {
    const port = await serve('site', '-i', '2');
    expect((await home.list()).map(({ mode }) => mode)).toEqual(['cluster', 'cluster']);
    expect((await ask(port, '/')).body).toBe('<h1>home</h1>');
  });

  test.each([
    ['nosuch 80', /nosuch is no folder/],
    ['site http', /http is no port/],
    ['site 70000', /70000 is no port/],
    ['site 80 --basic-auth-username x', /go together/],
  ])('pm serve %s is refused', async (line, words) => {
    const { code, stderr } = await home.pm(['serve', ...line.split(' ')]);
    expect(stderr).toMatch(words);
    expect(code).toBe(1);
    expect(await home.list()).toEqual([]);
  });

  test('a bad entry of static is named, and nothing starts', async () => {
    home.write('bad.json', JSON.stringify({ static: [{ port: 80, path: ['x'] }] }));
    const { code, stderr } = await home.pm(['start', 'bad.json']);
    expect(stderr).toMatch(/static\[0\]\.path: expected a plain value/);
    expect(code).toBe(1);
  });

  test('a link that leads nowhere, and a file that cannot be read, end a request and not the server', async () => {
    mkdirSync(`${home.cwd}/odd`, { recursive: true });
    writeFileSync(`${home.cwd}/odd/index.html`, 'odd');
    symlinkSync('/no/such', `${home.cwd}/odd/dangling`);
    const port = await serve('odd');
    expect((await ask(port, '/dangling')).status).toBe(404);
    expect((await ask(port, '/index.html/x')).status).toBe(404);
    expect((await ask(port, `/${'x'.repeat(5000)}`)).status).toBe(404);
    expect((await ask(port, '/')).body).toBe('odd');
  });
});
