// The app of ecosystem.example.js: plain Node, it knows nothing of pm.
const http = require('node:http');

const port = Number(process.env.PORT ?? 3000);
const instance = process.env.NODE_APP_INSTANCE ?? '0';

http
  .createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain');
    response.end(`Hello from instance ${instance}, pid ${process.pid}\n`);
  })
  .listen(port);
