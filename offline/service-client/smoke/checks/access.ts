/** Who may ask, and what every answer carries so that browsers, proxies and support can rely on it. */
import type { ProblemAnswer } from '../../answers.ts';
import { type Reply, textOf } from '../../service.ts';
import type { Check } from '../check.ts';
import { toldOf } from '../facts.ts';
import { meets } from '../unmet.ts';

/** As long as a real one, and none. */
const WRONG_KEY = `cue_${'0'.repeat(43)}`;
const ORIGIN = 'https://smoke.invalid';

export const accessChecks: readonly Check[] = [
  {
    name: 'a wrong key is refused, and so is none',
    async run({ service }) {
      const none = await service.ask('/v1/index', { key: null });
      if (none.status === 200) return 'OPEN TO EVERYONE: ACCESS is "open", anyone may ask without a key';
      isProblem(none, 401, 'key-missing');
      const wrong = await service.ask('/v1/index', { key: WRONG_KEY });
      isProblem(wrong, 401, 'key-unknown');
      for (const reply of [none, wrong])
        meets(reply.headers.has('www-authenticate'), 'a WWW-Authenticate header with 401', 'none');
      const own = await service.ask('/v1/index');
      meets(own.status === 200, 'the key of this run (--key) to be let in', toldOf(own));
      return undefined;
    },
  },
  {
    name: 'answers and problems have headers of safety',
    async run({ service }) {
      for (const path of ['/v1/index', '/v1/no-such-path']) {
        const { headers } = await service.ask(path);
        const told = (name: string) => `${name} of ${path}`;
        meets(
          headers.get('x-content-type-options') === 'nosniff',
          told('X-Content-Type-Options: nosniff'),
          headers.get('x-content-type-options'),
        );
        meets(headers.has('referrer-policy'), told('Referrer-Policy'), 'none');
        const policy = headers.get('content-security-policy') ?? 'none';
        meets(policy.includes("default-src 'none'"), told("Content-Security-Policy: default-src 'none'"), policy);
        const hsts = headers.has('strict-transport-security');
        if (service.url.protocol === 'https:') meets(hsts, told('Strict-Transport-Security'), 'none');
      }
      return service.url.protocol === 'https:' ? undefined : 'over plain HTTP';
    },
  },
  {
    name: 'an answer has an id, the one that was sent where there was one',
    async run({ service }) {
      const id = 'smoke-4711';
      const named = await service.ask('/v1/index', { headers: { 'x-request-id': id } });
      meets(named.headers.get('x-request-id') === id, `X-Request-Id: ${id}`, named.headers.get('x-request-id'));
      const ids = [await service.ask('/v1/index'), await service.ask('/v1/index')].map((reply) =>
        reply.headers.get('x-request-id'),
      );
      meets(Boolean(ids[0]) && ids[0] !== ids[1], 'a new X-Request-Id for each request', ids);
      const problem = await service.ask('/v1/no-such-path', { headers: { 'x-request-id': id } });
      const { requestId } = JSON.parse(textOf(problem)) as ProblemAnswer;
      meets(requestId === id, `a problem with requestId "${id}"`, requestId);
      return undefined;
    },
  },
  {
    name: 'a preflight is answered',
    async run({ service }) {
      const headers = {
        origin: ORIGIN,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      };
      const reply = await service.ask('/v1/moments', { method: 'OPTIONS', headers, key: null });
      meets(reply.status === 204 || reply.status === 200, '204', toldOf(reply));
      const listed = (name: string): string => (reply.headers.get(`access-control-allow-${name}`) ?? '').toLowerCase();
      meets(listed('methods').includes('post'), 'Access-Control-Allow-Methods with POST', listed('methods') || 'none');
      for (const name of ['authorization', 'content-type'])
        meets(
          listed('headers').includes(name),
          `Access-Control-Allow-Headers with ${name}`,
          listed('headers') || 'none',
        );
      const origin = listed('origin');
      meets(origin === '' || origin === '*', `no leave for ${ORIGIN}, which nobody has listed`, origin);
      return origin === '*' ? 'pages of ALL ORIGINS may ask: CORS_ORIGINS is "*"' : 'only listed origins may ask';
    },
  },
];

/** @throws Unmet unless it is problem+json (RFC 9457) with this code */
export function isProblem(reply: Reply, status: number, code: string): void {
  const type = reply.headers.get('content-type') ?? '';
  const isOne = reply.status === status && type.startsWith('application/problem+json');
  meets(isOne, `${status} ${code}, as problem+json`, toldOf(reply));
  const problem = JSON.parse(textOf(reply)) as ProblemAnswer;
  meets(problem.code === code && problem.status === status, `${status} ${code}`, `${problem.status} ${problem.code}`);
  const id = reply.headers.get('x-request-id');
  meets(problem.requestId === id, `the requestId of its header, ${id}`, problem.requestId);
  meets(/: expected .+\. .+/s.test(problem.detail), 'a detail that says what to do', problem.detail);
}
