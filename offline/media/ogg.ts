/**
 * Ogg files: every link of a chain by a decoder of its own, cut and levelled as its headers say.
 *
 * Granule positions give a link's length in samples (RFC 3533 §6; Vorbis I §A.2; RFC 7845 §4). They may begin above zero, where a
 * link was cut out of a longer one; the first page of a Vorbis stream may end earlier than its packets, which are cut in front
 * then, the last page of any, at the end. Opus skips what its header says (§4.2) and plays at the gain of its header (§5.1), on
 * which players have no say; R128 tags are a wish and are left alone. Pages and packets are ogg-links.ts.
 */
import { AudioError } from './audio-error.ts';
import type { ByteSource } from './byte-source.ts';
import type { Heard } from './heard.ts';
import type { MonoSink } from './mono-sink.ts';
import { type OggDecoder, type OggSound, openOggDecoder } from './ogg-decoder.ts';
import { type LinkPage, type OggCodec, readLinks } from './ogg-links.ts';

/** Decode into the sink until it is full. @throws AudioError when the last page is cut off, or no link can be decoded */
export async function decodeOgg(source: ByteSource, sink: MonoSink): Promise<Heard> {
  const links = readLinks(source);
  const remarks: string[] = [];
  let declaredSec = 0;
  let link: Link | undefined;
  let count = 0;
  let failure: unknown;
  for (;;) {
    const { value: event, done } = await links.next();
    if (done) {
      if (event && !sink.full())
        throw new AudioError('expected whole Ogg pages, got a last page that is cut off. Copy the file again.');
      break;
    }
    if (event.kind === 'begin') {
      count++;
      link = event.codec && openLink(event.codec, sink);
      if (!event.codec)
        remarks.push(`link ${count} of its chain has no sound that can be read (${event.named}): left out`);
    } else if (event.kind === 'page') await link?.take(event);
    else if (link) {
      const { seconds, hasLost, error } = await link.end();
      declaredSec += seconds;
      if (hasLost) remarks.push(`pages of link ${count} are missing: what comes behind them is heard too early`);
      if (error) remarks.push(`link ${count} of its chain is damaged: only what comes before the damage was read`);
      failure ??= error;
      link = undefined;
    }
  }
  if (failure && sink.seconds() === 0) throw failure;
  return { declaredSec: declaredSec > 0 ? declaredSec : undefined, remarks };
}

interface Link {
  take(page: LinkPage): Promise<void>;
  /** @returns its length by its granule positions, and what its decoder died of */
  end(): Promise<{ seconds: number; hasLost: boolean; error?: unknown }>;
}

function openLink(codec: OggCodec, sink: MonoSink): Link {
  const headers: Uint8Array[] = [];
  let decoder: OggDecoder | undefined;
  let waiting: LinkPage | undefined; // the last page is known only when the next one comes, or none
  let start: number | undefined; // position of the first decoded sample
  let [rate, decoded, skip, last] = [0, 0, 0, 0];
  let hasLost = false;
  let error: unknown;

  async function settle({ packets, granule: said }: LinkPage, isLast: boolean): Promise<void> {
    if (error || (sink.full() && start !== undefined)) return; // only its length is asked for
    decoder ??= await openOggDecoder(codec, headers);
    const sound = await decoder.decode(packets);
    rate = sound.sampleRate || rate;
    const granule = said ?? (start ?? 0) + decoded + sound.count;
    if (start === undefined) {
      start = isLast ? Math.max(0, granule - sound.count) : granule - sound.count;
      if (codec !== 'vorbis') start = Math.max(0, start);
      skip = Math.max(0, -start) + (codec === 'opus' ? preSkipOf(headers[0]) : 0);
    }
    const from = Math.min(sound.count, Math.max(0, skip - decoded));
    const to = isLast && codec !== 'flac' ? Math.min(sound.count, granule - start - decoded) : sound.count;
    decoded += sound.count;
    if (to > from) push(cut(sound, from, to));
  }

  function push({ channels, sampleRate }: OggSound): void {
    const gain = codec === 'opus' ? gainOf(headers[0]) : 1;
    if (gain !== 1) for (const channel of channels) for (let i = 0; i < channel.length; i++) channel[i] *= gain;
    sink.push(channels, sampleRate);
  }

  async function settleWaiting(isLast: boolean): Promise<void> {
    const page = waiting;
    waiting = undefined;
    if (!page) return;
    try {
      await settle(page, isLast);
    } catch (cause) {
      error ??= cause;
    }
  }

  return {
    async take({ packets, granule, isAfterLoss }) {
      hasLost ||= isAfterLoss;
      last = granule ?? last;
      const sound: Uint8Array[] = [];
      for (const packet of packets)
        if (headers.length < HEADERS[codec]) headers.push(Uint8Array.from(packet));
        else if (isSound(packet, codec)) sound.push(Uint8Array.from(packet)); // a copy, so that no window of the file is held
      if (sound.length === 0) return;
      await settleWaiting(false);
      waiting = { kind: 'page', packets: sound, granule, isAfterLoss };
    },
    async end() {
      await settleWaiting(true);
      decoder?.free();
      const ownRate = rate || (headers[0] ? rateOf(headers[0], codec) : 0); // nothing of it may have been decoded
      const seconds = ownRate > 0 ? Math.max(0, last - (start ?? 0) - skip) / ownRate : 0;
      return { seconds, hasLost, error };
    },
  };
}

/** Packets that are no sound, at least. FLAC has any number of further ones. */
const HEADERS: Record<OggCodec, number> = { vorbis: 3, opus: 2, flac: 1 };

function isSound(packet: Uint8Array, codec: OggCodec): boolean {
  if (codec === 'vorbis') return (packet[0] & 1) === 0; // Vorbis I §4.2.1
  return codec === 'opus' || packet[0] === 0xff; // a frame of FLAC begins with its sync code
}

/** Of granule positions. FLAC's lies across bytes, and is asked for only where nothing could be decoded: then it is unknown. */
function rateOf(head: Uint8Array, codec: OggCodec): number {
  if (codec === 'opus') return 48000;
  return codec === 'vorbis' ? new DataView(head.buffer, head.byteOffset).getUint32(12, true) : 0;
}

const preSkipOf = (head: Uint8Array): number => head[10] | (head[11] << 8);

/** Q7.8 in dB, as a factor. */
const gainOf = (head: Uint8Array): number => 10 ** ((((head[16] | (head[17] << 8)) << 16) >> 16) / 256 / 20);

const cut = ({ channels, sampleRate }: OggSound, from: number, to: number): OggSound => ({
  channels: channels.map((channel) => channel.subarray(from, to)),
  sampleRate,
  count: to - from,
});
