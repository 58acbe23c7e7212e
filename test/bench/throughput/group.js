'use strict';
/*
 * `node group.js bare|none|rr <count>`: processes without a manager; plain ones that share a port by themselves, Node's
 * cluster with one listening socket for all, or with its own balance.
 */
const { spawn } = require('node:child_process');
const cluster = require('node:cluster');

const [, , how, count] = process.argv;
const app = require.resolve('./app.js');
cluster.schedulingPolicy = how === 'rr' ? cluster.SCHED_RR : cluster.SCHED_NONE;
cluster.setupPrimary({ exec: app });
for (let n = 0; n < Number(count); n++) {
  if (how === 'bare')
    spawn(process.execPath, [app], { stdio: 'inherit', env: { ...process.env, REUSE_PORT: '1' } });
  else cluster.fork();
}
