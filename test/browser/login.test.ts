import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Rig, startRig } from './support/manager-rig.js'

let rig: Rig
beforeAll(async () => { rig = await startRig() })
afterEach(() => rig.leave())
afterAll(() => rig.stop())

const pathOf = (url: string): string => new URL(url).pathname + new URL(url).search

describe('signing in', () => {
  it('stands before every page and leads back to the one that was asked for', async () => {
    const { page, open, login, find } = await rig.visit()
    await open('/manager/log?result=refused')
    await find('login-form').waitFor()
    expect(pathOf(page.url())).toBe('/login?next=/manager/log?result=refused')
    await login('manager', 'correct horse')
    await find('log-page').waitFor()
    expect(pathOf(page.url())).toBe('/manager/log?result=refused')
    await open('/login')
    await find('now-page').waitFor()
  })

  it('says what is missing, refuses without saying why, and then makes one wait', async () => {
    const { page, open, login, find } = await rig.visit()
    await open('/')
    await find('login-submit').click()
    await page.getByText('请填写密码').waitFor()
    await expect.poll(() => page.locator('.el-form-item__error').allInnerTexts()).toEqual(['请填写登录名', '请填写密码'])
    await login('nobody', 'x')
    const problem = find('login-problem')
    await problem.waitFor()
    await expect.poll(async () => [await problem.innerText(), await find('login-password').inputValue()]).toEqual(['登录名或密码不正确', ''])
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('login-password')
    for (let tries = 0; tries < 5; tries++) {
      await login('nobody', 'x')
      await page.waitForFunction(() => (document.querySelector('#login-password') as HTMLInputElement).value === '')
    }
    await page.getByText('请在 30 秒后再试').waitFor()
    rig.server.forgive()
  })

  it('works from the keyboard alone', async () => {
    const { page, open, find } = await rig.visit()
    await open('/login')
    await find('login-name').waitFor()
    await find('login-name').focus()
    await page.keyboard.type('manager')
    await page.keyboard.press('Tab')
    await page.keyboard.type('correct horse')
    await page.keyboard.press('Enter')
    await find('now-page').waitFor()
    await page.keyboard.press('Tab')
    await expect.poll(() => page.evaluate(() => (document.activeElement as HTMLElement).textContent)).toBe('跳到正文')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('main')
  })
})

describe('a session', () => {
  it('ends by hand, and the pages are closed again', async () => {
    const visitor = await rig.manager()
    await visitor.signOut()
    await visitor.open('/manager/people')
    await visitor.find('login-form').waitFor()
  })

  it('that the server ended leads to the login and back to the same page', async () => {
    const { find, page, login, goTo } = await rig.manager('/manager/log')
    await find('row').first().waitFor()
    rig.server.endSessions()
    await goTo('people').catch(() => {})
    await find('login-form').waitFor()
    // The page that was left may hear of it first.
    const next = new URL(page.url()).searchParams.get('next') ?? ''
    expect(['/manager/log', '/manager/people']).toContain(next)
    await login('manager', 'correct horse')
    await page.waitForURL((url) => url.pathname === next)
    await find(next === '/manager/log' ? 'log-page' : 'people-page').waitFor()
  })
})

describe('language', () => {
  it('switches everything, is kept, and stands in the page for screen readers', async () => {
    const { page, open, setLocale, find } = await rig.visit()
    await open('/login')
    await expect.poll(async () => [await page.locator('html').getAttribute('lang'), await page.title()]).toEqual(['zh-CN', '登录 · 江门公租房智慧小区'])
    await setLocale('en')
    await expect.poll(async () => [await find('login-submit').innerText(), await page.title()]).toEqual(['Sign in', 'Sign in · Jiangmen Smart Estates'])
    await page.reload()
    await find('login-form').waitFor()
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('en')
    await expect.poll(() => page.locator('body').innerText()).not.toMatch(/登录/)
  })
})

describe('scope', () => {
  it('of one estate shows its name and nothing to choose; what the role may not see says so', async () => {
    const { find, page, goTo, live } = await rig.manager('/manager', 'desk', 'guard')
    await find('row').first().waitFor()
    await live()
    await expect.poll(async () => [await find('estate-only').innerText(), await find('chip-estate').count()]).toEqual(['示例·丰乐苑', 0])
    await expect.poll(() => find('gate-gate-2-1').count()).toBe(0)
    await goTo('people')
    await find('person').first().click()
    await find('state-forbidden').waitFor()
    await expect.poll(() => page.locator('[data-test="withdraw"]').count()).toBe(0)
  })
})
