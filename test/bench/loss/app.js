'use strict';
/*
 * What the loss harness runs: an ordinary server that knows nothing of pm. Its one courtesy is what any app with
 * long-lived connections does: when it hears that it is to drain, it says goodbye on them.
 *
 * A Unix socket to the harness (LOSS_CONTROL) is the only odd thing: the harness says when a worker shall be killed,
 * and the app, which alone knows, picks a moment at which it executes nothing.
 */
const { readFileSync } = require('node:fs');
const http = require('node:http');
const http2 = require('node:http2');
const https = require('node:https');
const net = require('node:net');
const { WebSocketServer } = require(process.env.LOSS_WS);

const ANSWER_AFTER_MS = 4;
const EVENT_EVERY_MS = 50;
/** Above the longest think time of a client, as behind any load balancer. */
const KEEP_ALIVE_TIMEOUT_MS = 15_000;
const CHUNK = Buffer.alloc(64 * 1024, 'x');

// ── what is executed now ────────────────────────────────────────────────────────────────────────────────────
/** Requests that are not answered and connections that have not brought a request yet. */
let executing = 0;
let killWanted = false;

function started() {
  executing++;
  let open = true;
  return () => {
    if (open) executing--;
    open = false;
    dieIfIdle();
  };
}

function dieIfIdle() {
  if (killWanted && executing === 0) process.kill(process.pid, 'SIGKILL');
}

function watchConnections(server) {
  server.on('connection', (socket) => {
    const ended = started();
    socket.once('close', ended);
    socket.once('answered', ended);
  });
}

// ── long-lived connections ──────────────────────────────────────────────────────────────────────────────────
const eventStreams = new Set();
const webSockets = new WebSocketServer({ noServer: true });

process.on('message', (message) => {
  if (message !== 'drain') return;
  for (const response of eventStreams) response.end();
  for (const client of webSockets.clients) client.close(1001, 'going away');
});

function stream(response) {
  let number = 0;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  eventStreams.add(response);
  const timer = setInterval(() => response.write(`data: ${++number}\n\n`), EVENT_EVERY_MS);
  response.once('close', () => {
    clearInterval(timer);
    eventStreams.delete(response);
  });
}

// ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────
function download(response, bytes) {
  let left = bytes;
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  const write = () => {
    while (left > 0) {
      const part = left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left);
      left -= part.length;
      if (!response.write(part)) return void response.once('drain', write);
    }
    response.end();
  };
  write();
}

/** What `connection` was emitted with: below HTTP/2 and TLS, the raw one. */
function connectionOf({ socket, stream: http2Stream }) {
  const above = http2Stream === undefined ? socket : http2Stream.session?.socket;
  return above?._parent ?? above;
}

function answer(request, response) {
  const ended = started();
  const connection = connectionOf(request);
  response.once('close', () => {
    connection?.emit('answered');
    ended();
  });
  const url = new URL(request.url, 'http://app');
  if (url.pathname === '/events') return stream(response);
  if (url.pathname === '/download') return download(response, Number(url.searchParams.get('bytes')));
  // A client that has sent its FIN is hung up on by Node if the answer is not written in this very turn.
  if (url.searchParams.has('now')) return response.end(JSON.stringify({ n: url.searchParams.get('n') }));
  let received = 0;
  request.on('data', (chunk) => (received += chunk.length));
  request.on('end', () => {
    const after = Number(url.searchParams.get('ms') ?? ANSWER_AFTER_MS);
    setTimeout(() => response.end(JSON.stringify({ received, n: url.searchParams.get('n') })), after);
  });
}

const tls = { key: readFileSync(process.env.LOSS_KEY), cert: readFileSync(process.env.LOSS_CERT) };
const plain = http.createServer(answer).on('upgrade', (request, socket, head) => {
  const ended = started();
  socket.once('close', ended);
  socket.emit('answered');
  webSockets.handleUpgrade(request, socket, head, (client) => {
    client.on('message', (data) => client.send(data.toString()));
  });
});
const secure = https.createServer(tls, answer);
const second = http2.createSecureServer(tls, answer);
const local = http.createServer(answer);
const echo = net.createServer({ allowHalfOpen: true }, (socket) => {
  const chunks = [];
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('end', () => setTimeout(() => socket.end(Buffer.concat(chunks)), ANSWER_AFTER_MS));
});
watchConnections(echo);
for (const server of [plain, secure, second, local]) {
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  watchConnections(server);
}

plain.listen(Number(process.env.LOSS_HTTP));
secure.listen(Number(process.env.LOSS_HTTPS));
second.listen(Number(process.env.LOSS_HTTP2));
echo.listen(Number(process.env.LOSS_ECHO));
local.listen(process.env.LOSS_UNIX);

// ── the harness ─────────────────────────────────────────────────────────────────────────────────────────────
const control = net.connect(process.env.LOSS_CONTROL, () => control.write(`${process.pid}\n`));
control.on('error', () => undefined);
control.on('data', () => {
  killWanted = true;
  dieIfIdle();
});
control.unref();
