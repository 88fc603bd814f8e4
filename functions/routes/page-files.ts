/**
 * Files of the pages that the Worker serves itself: made at build time (offline/local-worker/page.ts), they travel inside it as text.
 *
 * Browsers ask each time whether a file is still the same, so that a page never runs with the scripts of another version.
 */
import type { Hono } from 'hono';
import { taggedText } from '../etag.ts';
import type { Service } from '../service.ts';

export interface PageFile {
  path: string;
  type: string;
  text: string;
  headers?: Record<string, string>;
}

export const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  script: 'text/javascript; charset=utf-8',
} as const;

/** Of a page: nothing from elsewhere, nothing inline, and no page may frame it. The icon is an empty data: address. */
export const PAGE_POLICY = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src 'self' blob:; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

export function addFiles(app: Hono<Service>, files: readonly PageFile[]): void {
  for (const { path, type, text, headers } of files)
    app.get(path, (c) => taggedText(c, text, { 'Content-Type': type, 'Cache-Control': 'no-cache', ...headers }));
}
