/** Counts the sessions of onnxruntime that are open, and can let one of them fail to open. */
import { InferenceSession } from 'onnxruntime-node';
import { vi } from 'vitest';

export interface OpenSessions {
  opened: number;
  closed: number;
  /** The so manieth to be opened from now on fails; 0 = none. */
  failsAt: number;
}

type Create = (...of: unknown[]) => Promise<InferenceSession>;

export function countSessions(): OpenSessions {
  const count: OpenSessions = { opened: 0, closed: 0, failsAt: 0 };
  const create = InferenceSession.create.bind(InferenceSession) as Create;
  vi.spyOn(InferenceSession as unknown as { create: Create }, 'create').mockImplementation(async (...of) => {
    if (count.failsAt && --count.failsAt === 0) throw new Error('no memory for this one');
    const session = await create(...of);
    count.opened++;
    const release = session.release.bind(session);
    session.release = async () => {
      count.closed++;
      await release();
    };
    return session;
  });
  return count;
}
