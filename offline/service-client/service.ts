/**
 * A service as an app sees it: an address, maybe a key, and what comes back over HTTP. Nothing is known of it but its API.
 */

export interface Reply {
  status: number;
  headers: Headers;
  bytes: Uint8Array;
  /** From the request to the last byte. */
  ms: number;
}

export interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer> | FormData;
  /** Another key than the service's; null for none. */
  key?: string | null;
}

export interface Service {
  url: URL;
  /** @throws Error when there is no answer at all */
  ask(path: string, sent?: Sent): Promise<Reply>;
}

/** Opening an index of 50,000 tracks takes a fresh isolate seconds; a service that hangs fails after this. */
const PATIENCE_MS = 60_000;

/** @param address of the service; it may lie below a path. @throws Error when it is none */
export function openService(address: string, key?: string): Service {
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
    throw new Error(`service: expected an address such as https://cuepoint.example.workers.dev, got "${address}".`);
  const url = new URL(address.endsWith('/') ? address : `${address}/`);

  async function ask(path: string, sent: Sent = {}): Promise<Reply> {
    const { method = sent.body === undefined ? 'GET' : 'POST', headers, body } = sent;
    const asked = sent.key === undefined ? key : sent.key;
    const startMs = performance.now();
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const all = { ...(asked ? { authorization: `Bearer ${asked}` } : {}), ...headers };
    try {
      const response = await fetch(new URL(path.replace(/^\//, ''), url), {
        method,
        headers: all,
        body,
        signal,
        redirect: 'manual',
      });
      const bytes = new Uint8Array(await response.arrayBuffer());
      return { status: response.status, headers: response.headers, bytes, ms: performance.now() - startMs };
    } catch (cause) {
      const reason = (cause as Error).cause ?? cause; // fetch itself says no more than that it failed
      throw new Error(`an answer to ${method} ${path}, got none (${String((reason as Error).message || reason)})`, {
        cause,
      });
    }
  }
  return { url, ask };
}

export const textOf = ({ bytes }: Pick<Reply, 'bytes'>): string => new TextDecoder().decode(bytes);
