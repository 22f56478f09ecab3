-- AlterTable
ALTER TABLE "PayRefund" ADD COLUMN "suspenseId" TEXT;

-- CreateTable
CREATE TABLE "DepositMove" (
    "moveId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "householdId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "fen" BIGINT NOT NULL,
    "account" TEXT,
    "accountOf" TEXT,
    "billId" TEXT,
    "reason" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "makerId" TEXT NOT NULL,
    "checkerId" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "decidedAtMs" BIGINT
);

-- CreateTable
CREATE TABLE "OpeningList" (
    "openingId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "asOfDate" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "rows" TEXT NOT NULL,
    "figures" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "makerId" TEXT NOT NULL,
    "checkerId" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "decidedAtMs" BIGINT
);

-- CreateTable
CREATE TABLE "TreasuryTerms" (
    "termsId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "fromDate" TEXT NOT NULL,
    "content" TEXT NOT NULL,
    "setBy" TEXT NOT NULL,
    "setAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "TreasuryVoucher" (
    "voucherId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "fromDate" TEXT NOT NULL,
    "untilDate" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "accountOf" TEXT NOT NULL,
    "fen" BIGINT NOT NULL,
    "content" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "paymentCode" TEXT,
    "bankSerial" TEXT,
    "doneOn" TEXT,
    "makerId" TEXT NOT NULL,
    "checkerId" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "decidedAtMs" BIGINT,
    "doneAtMs" BIGINT
);

-- CreateTable
CREATE TABLE "ElectronicReceipt" (
    "receiptNo" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "householdId" TEXT NOT NULL,
    "billId" TEXT NOT NULL,
    "turn" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "totalFen" BIGINT NOT NULL,
    "content" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "billBatchCode" TEXT,
    "billNo" TEXT,
    "checkCode" TEXT,
    "issuedAtMs" BIGINT,
    "busAtMs" BIGINT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "nextAtMs" BIGINT,
    "problem" TEXT
);

-- CreateTable
CREATE TABLE "ReceiptProgress" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "seq" INTEGER NOT NULL
);

-- CreateIndex
CREATE INDEX "DepositMove_householdId_idx" ON "DepositMove"("householdId");

-- CreateIndex
CREATE INDEX "DepositMove_estateId_state_idx" ON "DepositMove"("estateId", "state");

-- CreateIndex
CREATE INDEX "OpeningList_estateId_state_idx" ON "OpeningList"("estateId", "state");

-- CreateIndex
CREATE UNIQUE INDEX "TreasuryTerms_estateId_fromDate_key" ON "TreasuryTerms"("estateId", "fromDate");

-- CreateIndex
CREATE INDEX "TreasuryVoucher_estateId_kind_state_idx" ON "TreasuryVoucher"("estateId", "kind", "state");

-- CreateIndex
CREATE INDEX "ElectronicReceipt_nextAtMs_idx" ON "ElectronicReceipt"("nextAtMs");

-- CreateIndex
CREATE INDEX "ElectronicReceipt_billBatchCode_billNo_idx" ON "ElectronicReceipt"("billBatchCode", "billNo");

-- CreateIndex
CREATE INDEX "ElectronicReceipt_estateId_busAtMs_idx" ON "ElectronicReceipt"("estateId", "busAtMs");

-- CreateIndex
CREATE UNIQUE INDEX "ElectronicReceipt_billId_turn_kind_key" ON "ElectronicReceipt"("billId", "turn", "kind");
