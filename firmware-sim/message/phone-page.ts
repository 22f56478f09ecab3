import type { FastifyInstance } from 'fastify'
import type { ArrivedMessage } from './message-sandbox.js'

const SHOWN_MAX = 100
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const beijing = (ms: number): string => new Date(ms + 8 * 3_600_000).toISOString().slice(5, 19).replace('T', ' ')

const itemOf = ({ to, atMs, text }: ArrivedMessage): string => `<li><strong>${escape(to)}</strong> <small>${beijing(atMs)}</small><br>${escape(text)}</li>`

const page = (messages: readonly ArrivedMessage[]): string => `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="5"><title>手机短信（沙箱）</title>
<style>body{font:18px/1.6 sans-serif;max-width:30rem;margin:2rem auto;padding:0 1rem}h1{font-size:1.3rem}
li{list-style:none;padding:.8rem 0;border-top:1px solid #ccc}ul{padding:0}</style></head>
<body><main><h1>手机短信（沙箱，不发往真实手机）</h1>${messages.length === 0 ? '<p>还没有短信。</p>' : `<ul>${messages.map(itemOf).join('')}</ul>`}</main></body></html>`

/** What all phones got, the newest first. */
export const phoneRoutes = (app: FastifyInstance, arrived: readonly ArrivedMessage[]): void =>
  void app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(page(arrived.slice(-SHOWN_MAX).reverse())))
