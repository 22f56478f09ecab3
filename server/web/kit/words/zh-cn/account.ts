/** Words of a person's own account. */
export const account = {
  change: '修改密码', current: '现在的密码', next: '新密码', again: '再输一次新密码', rule: '至少 12 个字符，不含登录名和常见密码', differs: '两次输入不同', wrong: '现在的密码不对', save: '保存新密码', saved: '已修改。其他设备上的登录已结束。',
  area: { manager: '物业管理', finance: '财务' },
}
