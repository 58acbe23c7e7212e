import type { Command } from '../command';

export const makeExamples = (): Command => ({
  name: 'examples',
  args: '',
  description: 'Prints how pm is used.',
  options: [],
  examples: [['pm examples', 'this']],
  run: async () => ({ text: EXAMPLES }),
});

const EXAMPLES = `- Start and add a process to the list
  $ pm start app.js                          a Node app
  $ pm start app.js -i max --name api        one instance per CPU, sharing the port
  $ pm start app.py                          Python, Ruby, PHP, shell: by the extension or the first line
  $ pm start "npm run start" --name web      any command line
  $ pm start app.js -- --port 3000           arguments of the app
  $ pm start ecosystem.config.js             the apps of a file

- Look
  $ pm list                                  what runs
  $ pm describe api                          everything about one app, and why it is in its state
  $ pm logs api                              what it prints
  $ pm list --watch                          the table, again and again

- Change
  $ pm reload api                            a new version without losing a request
  $ pm restart api --update-env              with the variables of this shell
  $ pm scale api +2                          two more instances
  $ pm stop api                              stop, and keep in the list
  $ pm delete api                            stop, and forget

- Restart by itself
  $ pm start app.js --max-memory-restart 200M
  $ pm start app.js --cron-restart "0 3 * * *"
  $ pm start app.js --watch`;
