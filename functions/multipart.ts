/**
 * Split a multipart/form-data body into its parts without copying them (RFC 7578 over RFC 2046 §5.1).
 *
 * The platform's `formData()` copies every file, which doubles what an upload of frames costs in memory; here each part is
 * a view over the body. What the parts mean is left to clip-request.ts.
 */
import { type HeaderValue, readHeader } from './header-parameters.ts';
import { Problem } from './schema/problem.ts';

export interface Part {
  name: string;
  content: Uint8Array;
}

/** Room for a clip of many minutes, so that its refusal can name the number of frames; a body of empty parts must not become millions of objects. */
const MAX_PARTS = 1024;
/** Bytes of one part's headers. */
const MAX_HEADERS = 4096;

const ascii = new TextEncoder();
const utf8 = new TextDecoder();
const HEADER_END = ascii.encode('\r\n\r\n');

/**
 * @param contentType the request's header, with its boundary
 * @throws Problem multipart-broken when the body is not complete multipart/form-data.
 */
export function splitMultipart(body: Uint8Array, contentType: string): Part[] {
  const delimiter = ascii.encode(`\r\n--${boundaryOf(contentType)}`);
  const parts: Part[] = [];
  // The first delimiter may open the body, without the line break that belongs to all others.
  let at = startsWith(body, delimiter.subarray(2), 0) ? delimiter.length - 2 : after(body, delimiter, 0);
  while (!startsWith(body, DASHES, at)) {
    if (parts.length === MAX_PARTS) broken(`at most ${MAX_PARTS} parts`, 'more');
    const headersStart = endOfLine(body, at);
    // A part without headers has its empty line at once; it has no name either, and is refused for that below.
    const headersEnd = find(body, HEADER_END, headersStart - 2);
    if (headersEnd < 0 || headersEnd - headersStart > MAX_HEADERS)
      broken('headers and an empty line in each part', 'none');
    const contentStart = headersEnd + HEADER_END.length;
    const contentEnd = find(body, delimiter, contentStart - 2);
    if (contentEnd < 0) broken('a closing boundary', 'the end of the body');
    const name = nameOf(utf8.decode(body.subarray(headersStart, headersEnd)));
    parts.push({ name, content: body.subarray(contentStart, Math.max(contentStart, contentEnd)) });
    at = contentEnd + delimiter.length;
  }
  return parts;
}

const DASHES = ascii.encode('--');

function boundaryOf(contentType: string): string {
  const boundary = readHeader(contentType)?.parameters.get('boundary');
  if (!boundary || boundary.length > MAX_BOUNDARY)
    broken('a boundary in content-type', boundary ? `one of ${boundary.length} characters` : 'none');
  return boundary;
}

/** RFC 2046 §5.1.1. */
const MAX_BOUNDARY = 70;

/** Its file's name, if it has one, is of no interest. */
function nameOf(headers: string): string {
  const dispositions = unfolded(headers).flatMap((line) => dispositionOf(line) ?? []);
  const [disposition, other] = dispositions;
  if (other) broken('one content-disposition in each part', 'two');
  const name = disposition?.value === 'form-data' ? disposition.parameters.get('name') : undefined;
  if (name === undefined) broken('a content-disposition with one name in each part', 'none');
  return name;
}

/** A line that begins with white space goes on with the one before it (RFC 5322 §2.2.3). */
const unfolded = (headers: string): string[] => headers.replace(/\r\n(?=[\t ])/g, '').split('\r\n');

function dispositionOf(line: string): HeaderValue | undefined {
  const found = /^content-disposition[\t ]*:(.*)$/is.exec(line);
  return found ? (readHeader(found[1]) ?? broken('a content-disposition as RFC 7578 has it', 'another')) : undefined;
}

/** RFC 2046 allows spaces and tabs between a boundary and its line break. */
function endOfLine(body: Uint8Array, at: number): number {
  while (body[at] === 0x20 || body[at] === 0x09) at++;
  if (body[at] !== 0x0d || body[at + 1] !== 0x0a) broken('a line break after the boundary', 'something else');
  return at + 2;
}

function after(body: Uint8Array, pattern: Uint8Array, from: number): number {
  const found = find(body, pattern, from);
  if (found < 0) broken('the boundary of content-type', 'none');
  return found + pattern.length;
}

function find(body: Uint8Array, pattern: Uint8Array, from: number): number {
  for (let at = body.indexOf(pattern[0], from); at >= 0; at = body.indexOf(pattern[0], at + 1))
    if (startsWith(body, pattern, at)) return at;
  return -1;
}

function startsWith(body: Uint8Array, pattern: Uint8Array, at: number): boolean {
  for (let i = 0; i < pattern.length; i++) if (body[at + i] !== pattern[i]) return false;
  return true;
}

function broken(expected: string, got: string): never {
  throw new Problem(
    'multipart-broken',
    `multipart body: expected ${expected}, got ${got}. Let your HTTP client build the form, and send all of it.`,
  );
}
