/** Clients that close in the middle of their upload: nobody's failure, and counted as such. */
import { type Finding, openRaw, pause, type Trial } from './trial.ts';

const CLIENTS = 60;
const FORMS = ['application/json', 'multipart/form-data; boundary=x', 'application/octet-stream'];

export const goneClients: Trial = {
  name: 'gone-clients',
  does: `${CLIENTS} clients that close in the middle of their upload, plain, compressed and in chunks`,
  async run(start) {
    const { url, port } = await start();
    for (let i = 0; i < CLIENTS; i++) {
      const path = i % 4 === 3 ? '/v1/feedback' : '/v1/moments';
      const type = path === '/v1/feedback' ? FORMS[0] : FORMS[i % 3];
      const length = i % 2 ? 'Transfer-Encoding: chunked' : 'Content-Length: 100000';
      const packed = i % 5 === 4 ? '\r\nContent-Encoding: gzip' : '';
      const head = `POST ${path} HTTP/1.1\r\nHost: test\r\nContent-Type: ${type}\r\n${length}${packed}`;
      const { socket } = openRaw(port, head, i % 2 ? '5\r\n{"k":' : '{"k":');
      await pause(50);
      if (i % 6 < 3) socket.destroy();
      else socket.resetAndDestroy();
    }
    await pause(1_000);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const counted = (code: string): number =>
      Number(new RegExp(`cuepoint_problems_total\\{code="${code}"\\} (\\d+)`).exec(metrics)?.[1] ?? 0);
    const failures = [...metrics.matchAll(/cuepoint_requests_total\{[^}]*status="5xx"\} (\d+)/g)];
    const after = await fetch(`${url}/v1/index`);
    const findings: Finding[] = [
      {
        what: 'none is a failure of the service',
        got: `${counted('internal')} × internal, ${failures.length} routes with 5xx; ${counted('client-gone')} × client-gone`,
        holds: counted('internal') === 0 && failures.length === 0,
      },
      { what: 'others are answered', got: String(after.status), holds: after.status === 200 },
    ];
    return findings;
  },
};
