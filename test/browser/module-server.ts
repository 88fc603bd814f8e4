/** The built module on a server of its own, as an app would carry it, beside a page with nothing but a file field. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { preparePage } from '../../offline/local-worker/page.ts';

const PAGE = `<!doctype html><title>clip</title><link rel="icon" href="data:,">
<input type="file" id="clip"><script type="module" src="/in-page.js"></script>`;

export async function serveModule(): Promise<{ url: string; close(): Promise<void> }> {
  const scripts = new Map([['/in-page.js', await testScript()]]);
  for (const { name, path } of await preparePage())
    if (name.endsWith('.js')) scripts.set(`/${name}`, await readFile(path, 'utf8'));
  const server = createServer((request, response) => {
    const script = scripts.get(request.url ?? '');
    if (script) response.setHeader('content-type', 'text/javascript; charset=utf-8').end(script);
    else if (request.url === '/') response.setHeader('content-type', 'text/html').end(PAGE);
    else response.writeHead(404).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** in-page.ts, which imports the built module by the name it is served under. */
async function testScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'in-page.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    plugins: [
      {
        name: 'the-built-module',
        setup: ({ onResolve }) =>
          onResolve({ filter: /\/client\.ts$/ }, () => ({ path: '/cuepoint.js', external: true })),
      },
    ],
  });
  return outputFiles[0].text;
}
