/**
 * Answer with a published file, whole or by byte ranges (RFC 9110 §14): players send a Range with nearly every request, and If-Range when
 * they go on after a pause.
 */
import type { Context } from 'hono';
import { cutText } from '../index/cut-text.ts';
import { rangeHolds, readRange } from './byte-range.ts';
import { isKnown, tagOf } from './etag.ts';
import { isStored, readStored } from './runtime/stored-file.ts';
import { Problem } from './schema/problem.ts';
import type { Service } from './service.ts';

export interface PublishedFile {
  /** Among the published ones; it has the content's hash in it. */
  path: string;
  bytes: number;
  /** Media type. */
  type: string;
  /** The caller gave the path, and no index: whether there is such a file has to be looked up. */
  isAsked?: true;
}

/**
 * 200, 206, or 304 for who has it; of HEAD the headers alone.
 * @param more headers of each of them
 * @param missing what to throw where there is no such file
 * @throws Problem range-not-satisfiable; what `missing` gives, whatever was asked of a file that is not there
 */
export async function answerFile(
  c: Context<Service>,
  { path, bytes, type, isAsked }: PublishedFile,
  more: Readonly<Record<string, string>>,
  missing: () => Problem,
): Promise<Response> {
  const headers: Record<string, string> = { ETag: await tagOf(path), 'Accept-Ranges': 'bytes', ...more };
  // What is answered without the bytes is said of a file that is there (RFC 9110 §9.3.2, §13.2.1, §14.2).
  const isThere = async (): Promise<void> => {
    if (isAsked && !(await isStored(c.env, path))) throw missing();
  };
  if (isKnown(c.req.header('if-none-match'), headers.ETag)) {
    await isThere();
    return c.body(null, 304, headers);
  }
  headers['Content-Type'] = type;
  if (c.req.method === 'HEAD') {
    await isThere();
    return c.body(null, 200, { ...headers, 'Content-Length': String(bytes) });
  }

  const part = rangeHolds(c.req.header('if-range'), headers.ETag) ? readRange(c.req.header('range'), bytes) : 'whole';
  if (part === 'unsatisfiable') {
    await isThere();
    throw new Problem(
      'range-not-satisfiable',
      `range: expected a part of ${bytes} bytes, got "${cutText(c.req.header('range') ?? '', 60)}". Ask for bytes before the end.`,
      { headers: { 'Content-Range': `bytes */${bytes}` } },
    );
  }
  const range = part === 'whole' ? { start: 0, end: bytes } : part;
  const body = await readStored(c.env, path, bytes, range);
  if (!body) throw missing();
  headers['Content-Length'] = String(range.end - range.start);
  if (part === 'whole') return c.body(body, 200, headers);
  headers['Content-Range'] = `bytes ${range.start}-${range.end - 1}/${bytes}`;
  return c.body(body, 206, headers);
}
