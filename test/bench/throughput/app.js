'use strict';
// The smallest server there is: what is measured is the way to it. REUSE_PORT: as two bare processes share a port.
const options = { port: Number(process.env.PORT), reusePort: process.env.REUSE_PORT === '1' };
require('node:http')
  .createServer((_request, response) => response.end(String(process.pid)))
  .listen(options);
