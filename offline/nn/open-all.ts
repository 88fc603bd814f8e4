/** Several sessions as one thing: where one cannot be opened, those before it are closed again, or their memory would stay taken. */

/**
 * One after the other.
 * @throws what opening one throws; nothing is open then
 */
export async function openAll<K extends string, T>(
  names: readonly K[],
  open: (name: K) => Promise<T>,
  close: (opened: T) => Promise<void>,
): Promise<Record<K, T>> {
  const all = {} as Record<K, T>;
  try {
    for (const name of names) all[name] = await open(name);
    return all;
  } catch (error) {
    for (const opened of Object.values<T>(all)) await close(opened);
    throw error;
  }
}

/** Use what must be closed, and close it whatever comes of it. */
export async function withOpen<T extends { close(): Promise<void> }, R>(
  opening: Promise<T>,
  use: (opened: T) => Promise<R>,
): Promise<R> {
  const opened = await opening;
  try {
    return await use(opened);
  } finally {
    await opened.close();
  }
}
