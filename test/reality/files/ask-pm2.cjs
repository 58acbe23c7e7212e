// Run in a process of its own: PM2 as a library, its daemon within. `node ask-pm2.cjs <folder of PM2> <folder to work in>`
const { appendFileSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const [folder, work] = process.argv.slice(2);
const { attributes, values } = JSON.parse(readFileSync(join(work, 'question.json'), 'utf8'));
const answers = join(work, 'answers');
const answered = new Set(
  readFileSync(answers, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line)[0]),
);
const pm2 = require(join(folder, 'node_modules/pm2'));
const answer = (key, verdict) => appendFileSync(answers, `${JSON.stringify([key, verdict])}\n`);

// Three thousand instances would be started one by one.
const HANGS_AFTER_MS = 4000;

const ask = (attribute, text) =>
  new Promise((resolve) => {
    setTimeout(() => resolve('hangs'), HANGS_AFTER_MS).unref();
    // `autostart: false`: it is entered, and nothing runs.
    const app = { name: 'n', script: join(work, 'app.js'), cwd: work, autostart: false };
    try {
      pm2.start({ ...app, [attribute]: eval(`(${text})`) }, (error) =>
        resolve(error ? 'refuses' : 'accepts'),
      );
    } catch {
      resolve('throws');
    }
  });

pm2.connect(true, async () => {
  for (const attribute of attributes) {
    for (const text of values) {
      const key = `${attribute}: ${text}`;
      if (answered.has(key)) continue;
      answer(key, 'crashes');
      answer(key, await ask(attribute, text));
      await new Promise((resolve) => pm2.delete('all', () => resolve()));
    }
  }
  process.exit(0);
});
