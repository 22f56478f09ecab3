/** A notice that people consent to. Once published its text never changes: a new text is a new version. */
export interface NoticeText {
  readonly version: string
  readonly purpose: 'face-access'
  readonly textZh: string
  readonly textEn: string
}

/** What 人脸识别技术应用安全管理办法 art. 5 and PIPL arts. 17 and 30 ask to be told, for the system as it is. */
const FACE_ACCESS_1: NoticeText = {
  version: 'face-access-1',
  purpose: 'face-access',
  textZh: `人脸识别通行告知书（第 1 版）

1. 谁处理：本小区公共租赁住房的运营管理单位。名称、地址、电话和个人信息保护负责人见小区服务点公示牌。
2. 目的：仅用于识别您本人，为您打开您获准通行的小区门。不用于考勤、缴费、信用评价，不分析情绪、健康、年龄或性别。
3. 必要性：只有选择刷脸通行的人才需要。不刷脸同样可以进出。
4. 方式：登记时用您的照片计算出一组数字（人脸特征），照片计算后即删除。经过门口时，摄像机画面在小区网关内与获准通行该门的人的特征比对，画面不保存。
5. 存储地点和安全：人脸特征只加密保存在本小区的网关设备内，不上传到中心服务器，也不通过互联网向外传输。中心服务器只有代号形式的通行记录。
6. 保存期限：您同意的期限届满、您撤回同意或您迁出登记时，人脸特征即从每台网关删除，每台网关都要报告删除结果。通行记录（时间、门、结果、代号，不含人脸）作为处理情况记录至少保存三年。
7. 对您的影响：识别可能出错，可能认不出您，也可能认错人。认不出时请改用其他方式进出。人脸信息一旦泄露难以更换，所以它只存放在小区内。
8. 自愿和其他方式：您可以不同意。每个门都有门卡、二维码、密码或值班人员等不刷脸的方式，便利程度相同。不同意或撤回同意不影响您的租赁关系和通行权利；欠租也不影响通行。
9. 您的权利：随时到服务点撤回同意；查阅、复制、更正、删除您的个人信息；了解何时使用过您的人脸信息；向网信、公安、住房保障部门投诉。撤回前已进行的处理仍然有效。
10. 未成年人：不满十四周岁的，须由父母或者其他监护人同意，且该同意至十四周岁生日前终止，之后由本人重新决定。

本同意单独作出，不与租赁合同或其他事项捆绑。`,
  textEn: `Notice on access by face recognition (version 1)

1. Who: the operator of this public rental estate. Its name, address, telephone and data protection officer are on the board at the estate's service point.
2. Purpose: only to recognise you and open the gates that you may pass. Not for attendance, payment or credit rating; no analysis of emotion, health, age or sex.
3. Necessity: only those who choose to pass by face need it. Everybody can come and go without it.
4. How: at enrolment your photos are turned into a set of numbers (face features) and the photos are deleted. At a gate the camera picture is compared, inside the estate's gateway, with the features of those permitted at that gate; the picture is not kept.
5. Where and how safe: face features are kept encrypted in this estate's gateway only. They are not sent to the central server nor over the internet. The central server has records of passages under a pseudonym.
6. How long: when your consent expires, when you withdraw it or when you leave the register, the features are deleted from every gateway, and each gateway reports it. Records of passages (time, gate, result, pseudonym; no face) are kept for at least three years as records of processing.
7. Effect on you: recognition can be wrong, by missing you or by taking you for another. Use another way then. Leaked face data is hard to replace, so it stays in the estate.
8. Voluntary, and other ways: you may say no. Every gate has a way without a face (card, QR code, PIN or guard), equally convenient. Saying no, or withdrawing, changes nothing in your lease and your right to pass; nor do rent arrears.
9. Your rights: withdraw at the service point at any time; see, copy, correct and delete your data; learn when your face data was used; complain to the cyberspace, public security or housing authority. What was done before a withdrawal stays lawful.
10. Minors: for a person under 14 a parent or other guardian consents. That consent ends before the 14th birthday; the person then decides anew.

This consent stands by itself, apart from the lease and everything else.`,
}

/** The notices of each purpose, oldest first: the last one is in force. */
export const NOTICE_TEXTS: readonly NoticeText[] = [FACE_ACCESS_1]
