/**
 * Requests per minute of one caller: of one API key or, where the service is open, of one network address. What costs more than a
 * request counts as several (chargeRate), and an address whose keys are refused has a limit of its own (limitRefusals).
 *
 * Counting is the platform's (binding RATE_LIMIT, https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/): per
 * place of its network, and roughly. It says yes or no and no more, so what is left is given only when that is nothing. The
 * headers are those of draft-ietf-httpapi-ratelimit-headers-10; how long a window still lasts is not known, hence its whole length.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { Problem, quote } from '../schema/problem.ts';
import type { Bindings, Service } from '../service.ts';

/** A middleware, behind checkAccess. Without the binding nothing is limited. @throws Problem rate-limited, setting-broken */
export function limitRate(): MiddlewareHandler<Service> {
  return async function limitRate(c, next) {
    if (!c.env.RATE_LIMIT) return next();
    const policy = policyOf(c.env);
    await chargeRate(c, 1);
    await next();
    for (const [name, value] of Object.entries(policyHeader(policy))) c.header(name, value);
  };
}

/**
 * Count a request as so many more, before what they are for is done. The platform counts calls, so it is called as often.
 * @throws Problem rate-limited
 */
export async function chargeRate(c: Context<Service>, units: number): Promise<void> {
  const { RATE_LIMIT } = c.env;
  if (!RATE_LIMIT) return;
  const { quota, windowSec } = policyOf(c.env);
  const keyId = c.get('keyId');
  const caller = keyId === undefined ? `address:${callerAddress(c.req.header('cf-connecting-ip'))}` : `key:${keyId}`;
  for (let unit = 0; unit < units; unit++) {
    const { success } = await RATE_LIMIT.limit({ key: caller });
    if (success) continue;
    throw new Problem(
      'rate-limited',
      `caller: expected at most ${quota} requests in ${windowSec} s, got more. Try again after ${windowSec} s.`,
      {
        headers: {
          ...policyHeader({ quota, windowSec }),
          RateLimit: `"default";r=0;t=${windowSec}`,
          'Retry-After': String(windowSec),
        },
      },
    );
  }
}

/** Both periods that the platform has are over by then. */
const REFUSAL_WAIT_SEC = 60;

/**
 * Count a request whose key was refused, by the address it came from; good keys of that address are not looked at here. Without the
 * binding nothing is limited.
 * @throws Problem rate-limited
 */
export async function limitRefusals(c: Context<Service>): Promise<void> {
  const address = callerAddress(c.req.header('cf-connecting-ip'));
  const outcome = await c.env.REFUSAL_LIMIT?.limit({ key: `refused:${address}` });
  if (outcome === undefined || outcome.success) return;
  throw new Problem(
    'rate-limited',
    `address: expected a key of this service after so many refused, got none. Correct the key, and try again after ${REFUSAL_WAIT_SEC} s.`,
    { headers: { 'Retry-After': String(REFUSAL_WAIT_SEC) } },
  );
}

function policyHeader({ quota, windowSec }: { quota: number; windowSec: number }): Record<string, string> {
  return { 'RateLimit-Policy': `"default";q=${quota};w=${windowSec}` };
}

function policyOf(env: Bindings): { quota: number; windowSec: number } {
  return {
    quota: wholeNumber('RATE_LIMIT_QUOTA', env.RATE_LIMIT_QUOTA),
    windowSec: wholeNumber('RATE_LIMIT_WINDOW_SEC', env.RATE_LIMIT_WINDOW_SEC),
  };
}

function wholeNumber(name: string, text: string | number | undefined): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Problem(
    'setting-broken',
    `${name}: expected the number that [[ratelimits]] has in wrangler.toml, got ${quote(text)}. Mend it and deploy again.`,
  );
}

/**
 * Who an address belongs to. An IPv6 network of 64 bits is one household or one machine (RFC 6177 §2), which has every address in
 * it; a limit per address would not limit it. `x-forwarded-for` is written by the sender, and not read.
 */
export function callerAddress(address: string | undefined): string {
  if (!address) return 'unknown';
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1];
  const [head, tail] = address.toLowerCase().split('::');
  const before = head ? head.split(':') : [];
  const after = tail ? tail.split(':') : [];
  const groups = [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
