// One command starts a cluster:  npx pm start ecosystem.example.js
// Then:  curl localhost:3000   pm list   pm describe hello   pm reload hello   pm logs hello   pm kill
// All attributes: docs/attributes.md

/** @type {import('pm-god').PmConfig} */
module.exports = {
  apps: [
    {
      name: 'hello',
      script: './docs/example/server.js',
      // Paths count from the folder of the caller; this makes it the folder of this file.
      cwd: __dirname,
      // One worker per CPU, all on the same port.
      instances: 'max',
      env: {
        // PORT=8080 npx pm start ecosystem.example.js
        PORT: process.env.PORT ?? 3000,
      },
      env_production: {
        NODE_ENV: 'production',
      },
    },
  ],
};
