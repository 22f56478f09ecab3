/** SHA-256 of a file, in hex. The file stays with whoever chose it; its hash says later that it is the same. */
export async function fileHash(file: File): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
