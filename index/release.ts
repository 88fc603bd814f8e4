/**
 * Give a buffer's memory back at once instead of when the collector comes by: in an isolate of 128 MB what waits for it counts too, and a
 * body of some megabytes comes in as many again of chunks that were copied out of.
 *
 * https://tc39.es/ecma262/#sec-arraybuffer.prototype.transfer
 */

/** Of what nothing reads any more. A view of a part of its buffer is left alone: the rest may be another's, as in Node's pool. */
export function release({ buffer, byteLength }: Uint8Array | Uint8ClampedArray): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffer.transfer(0);
}
