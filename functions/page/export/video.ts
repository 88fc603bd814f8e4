/** The clip with its music as one file: its sound is rendered here, where Web Audio is, and the file written in a thread of its own. */
import { ClipError } from '../clip-error.ts';
import { renderSound, SAMPLE_RATE, type SoundOrder } from './sound.ts';
import type { VideoAnswer, VideoRequest } from './video-messages.ts';

export interface VideoOrder extends SoundOrder {
  container: VideoRequest['container'];
  /** For the file's own comment. */
  credit: string;
  signal: AbortSignal;
  /** 0 to 1. */
  onShare: (share: number) => void;
}

export type WrittenVideo = Extract<VideoAnswer, { kind: 'written' }>;

/** @throws ClipError when this browser cannot write it; the signal's reason when aborted */
export async function writeVideo({ signal, onShare, ...order }: VideoOrder): Promise<WrittenVideo> {
  const { file, clipMs, container, credit } = order;
  const rendered = await renderSound(order);
  signal.throwIfAborted();
  const channels = Array.from({ length: rendered.numberOfChannels }, (_, channel) => rendered.getChannelData(channel));
  const request: VideoRequest = { file, clipMs, container, credit, sound: { channels, rate: SAMPLE_RATE } };
  const worker = new Worker('/video-worker.js', { type: 'module' });
  try {
    return await new Promise<WrittenVideo>((settle, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      worker.onerror = () => reject(new Error('The part that writes videos could not be loaded. Load the page again.'));
      worker.onmessage = ({ data }: MessageEvent<VideoAnswer>) => {
        if (data.kind === 'share') onShare(data.share);
        else if (data.kind === 'written') settle(data);
        else reject(data.kind === 'cannot' ? cannotWrite(container) : damaged(file.name, data.message));
      };
      worker.postMessage(request);
    });
  } finally {
    worker.terminate();
  }
}

function cannotWrite(container: string): ClipError {
  return new ClipError(
    `${container}: expected a browser that encodes its sound and picture, this one does not. Take the other kind, or an edit list for your editing program.`,
  );
}

function damaged(name: string, message: string): ClipError {
  return new ClipError(
    `${name}: expected a clip that can be written anew, got a fault (${message}). Take an edit list for your editing program.`,
  );
}
