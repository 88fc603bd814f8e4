/** A folder on a server that gives files and nothing else, by byte ranges as players need them. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { readRange } from '../../functions/byte-range.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.mp4': 'video/mp4',
  '.m4a': 'audio/mp4',
};

export interface FileServer {
  url: string;
  /** Requests for anything that is no file, as `POST /path`. */
  refused: string[];
  close(): Promise<void>;
}

export async function serveFolder(folder: string): Promise<FileServer> {
  const refused: string[] = [];
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '', 'http://localhost').pathname.replace(/\/$/, '/index.html');
    const file = request.method === 'GET' ? await readFile(join(folder, path)).catch(() => undefined) : undefined;
    if (!file) {
      refused.push(`${request.method} ${path}`);
      response.writeHead(404).end();
      return;
    }
    response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
    response.setHeader('accept-ranges', 'bytes');
    const range = readRange(request.headers.range, file.length);
    if (typeof range === 'string') response.end(file);
    else {
      response.setHeader('content-range', `bytes ${range.start}-${range.end - 1}/${file.length}`);
      response.writeHead(206).end(file.subarray(range.start, range.end));
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    refused,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
