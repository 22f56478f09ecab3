import { type Ref, onScopeDispose, ref } from 'vue'

/** Pictures for the quality gate: small enough to be sent twice a second, large enough for a face of half the picture. */
const LOOK_WIDTH_PX = 640
/** The picture that is enrolled. */
const TAKE_WIDTH_PX = 1_280

export type CameraState = 'off' | 'on' | 'denied'

/** The browser's camera in a video element. It is switched off with the component, whatever happens. */
export function useCamera(video: Ref<HTMLVideoElement | undefined>) {
  const state = ref<CameraState>('off')
  let stream: MediaStream | undefined

  function stop(): void {
    for (const track of stream?.getTracks() ?? []) track.stop()
    stream = undefined
    state.value = 'off'
  }
  async function start(): Promise<void> {
    stop()
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: 'user', width: { ideal: TAKE_WIDTH_PX } } })
      if (video.value === undefined) return stop()
      video.value.srcObject = stream
      await video.value.play()
      state.value = 'on'
    } catch {
      stop()
      state.value = 'denied'
    }
  }
  /** What the camera shows now, as JPEG; undefined while it shows nothing. */
  async function shot(kind: 'look' | 'take'): Promise<Blob | undefined> {
    const source = video.value
    if (state.value !== 'on' || source === undefined || source.videoWidth === 0) return undefined
    const width = Math.min(source.videoWidth, kind === 'look' ? LOOK_WIDTH_PX : TAKE_WIDTH_PX)
    const canvas = document.createElement('canvas')
    canvas.width = width
    canvas.height = Math.round(source.videoHeight * width / source.videoWidth)
    canvas.getContext('2d')?.drawImage(source, 0, 0, canvas.width, canvas.height)
    return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), 'image/jpeg', kind === 'look' ? 0.8 : 0.92))
  }
  onScopeDispose(stop)
  return { state, start, stop, shot }
}
