-- CreateTable
CREATE TABLE "ReconBatch" (
    "batchNo" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "channel" TEXT NOT NULL,
    "merchantId" TEXT NOT NULL,
    "billDate" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "fileName" TEXT,
    "fileHash" TEXT,
    "sha1" TEXT,
    "finding" TEXT,
    "figures" TEXT,
    "digest" TEXT,
    "runs" INTEGER NOT NULL DEFAULT 0,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "nextTryAtMs" BIGINT,
    "createdBy" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "changedAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "ReconRow" (
    "batchNo" INTEGER NOT NULL,
    "line" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "outTradeNo" TEXT NOT NULL,
    "transactionId" TEXT NOT NULL,
    "refundNo" TEXT,
    "refundId" TEXT,
    "atMs" BIGINT NOT NULL,
    "fen" BIGINT NOT NULL,
    "feeFen" BIGINT NOT NULL,
    "dueFeeFen" BIGINT,
    "state" TEXT NOT NULL,
    "description" TEXT NOT NULL,

    PRIMARY KEY ("batchNo", "line")
);

-- CreateTable
CREATE TABLE "ReconFundRow" (
    "batchNo" INTEGER NOT NULL,
    "line" INTEGER NOT NULL,
    "atMs" BIGINT NOT NULL,
    "businessNo" TEXT NOT NULL,
    "flowNo" TEXT NOT NULL,
    "what" TEXT NOT NULL,
    "fen" BIGINT NOT NULL,
    "balanceFen" BIGINT NOT NULL,
    "voucher" TEXT NOT NULL,

    PRIMARY KEY ("batchNo", "line")
);

-- CreateTable
CREATE TABLE "ReconCase" (
    "caseId" TEXT NOT NULL PRIMARY KEY,
    "caseKey" TEXT NOT NULL,
    "leg" INTEGER NOT NULL,
    "channel" TEXT NOT NULL,
    "merchantId" TEXT NOT NULL,
    "bizDate" TEXT NOT NULL,
    "estateId" TEXT NOT NULL,
    "classCode" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "orderNo" TEXT,
    "transactionId" TEXT,
    "billId" TEXT,
    "batchNo" INTEGER,
    "line" INTEGER,
    "riskFen" BIGINT NOT NULL,
    "differenceFen" BIGINT NOT NULL,
    "theirs" TEXT,
    "ours" TEXT,
    "contentHash" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "proposal" TEXT,
    "suggestion" TEXT,
    "seenRun" INTEGER NOT NULL,
    "foundAtMs" BIGINT NOT NULL,
    "changedAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "ReconCaseEvent" (
    "caseId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "atMs" BIGINT NOT NULL,
    "by" TEXT,
    "what" TEXT NOT NULL,
    "text" TEXT,
    "data" TEXT,

    PRIMARY KEY ("caseId", "seq")
);

-- CreateTable
CREATE TABLE "ReconAttachment" (
    "attachmentId" TEXT NOT NULL PRIMARY KEY,
    "caseId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "mediaType" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "sha256" TEXT NOT NULL,
    "addedBy" TEXT NOT NULL,
    "addedAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "ReconMerchant" (
    "channel" TEXT NOT NULL,
    "merchantId" TEXT NOT NULL,
    "feePpm" INTEGER,
    "bankAccount" TEXT,
    "settleDays" INTEGER NOT NULL,
    "setBy" TEXT NOT NULL,
    "setAtMs" BIGINT NOT NULL,

    PRIMARY KEY ("channel", "merchantId")
);

-- CreateTable
CREATE TABLE "ReconBankMapping" (
    "bankAccount" TEXT NOT NULL PRIMARY KEY,
    "content" TEXT NOT NULL,
    "setBy" TEXT NOT NULL,
    "setAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "ReconBankLine" (
    "bankAccount" TEXT NOT NULL,
    "serial" TEXT NOT NULL,
    "date" TEXT NOT NULL,
    "fen" BIGINT NOT NULL,
    "balanceFen" BIGINT,
    "payer" TEXT NOT NULL,
    "memo" TEXT NOT NULL,
    "fileHash" TEXT NOT NULL,
    "purpose" TEXT,
    "matchedWith" TEXT,
    "addedBy" TEXT NOT NULL,
    "addedAtMs" BIGINT NOT NULL,

    PRIMARY KEY ("bankAccount", "serial")
);

-- CreateTable
CREATE TABLE "CashShift" (
    "shiftId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "desk" TEXT NOT NULL,
    "cashierId" TEXT NOT NULL,
    "bizDate" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "openingFen" BIGINT NOT NULL,
    "expectedFen" BIGINT,
    "countedFen" BIGINT,
    "differenceFen" BIGINT,
    "note" TEXT,
    "reviewerId" TEXT,
    "openedAtMs" BIGINT NOT NULL,
    "countedAtMs" BIGINT,
    "reviewedAtMs" BIGINT,
    "openDesk" TEXT
);

-- CreateTable
CREATE TABLE "FinanceClose" (
    "closeId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "period" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "figures" TEXT NOT NULL,
    "preparedBy" TEXT NOT NULL,
    "preparedAtMs" BIGINT NOT NULL,
    "closedBy" TEXT,
    "closedAtMs" BIGINT,
    "reopening" TEXT,
    "holds" TEXT
);

-- CreateIndex
CREATE INDEX "ReconBatch_billDate_idx" ON "ReconBatch"("billDate");

-- CreateIndex
CREATE INDEX "ReconBatch_nextTryAtMs_idx" ON "ReconBatch"("nextTryAtMs");

-- CreateIndex
CREATE UNIQUE INDEX "ReconBatch_channel_merchantId_billDate_kind_version_key" ON "ReconBatch"("channel", "merchantId", "billDate", "kind", "version");

-- CreateIndex
CREATE INDEX "ReconRow_batchNo_outTradeNo_kind_idx" ON "ReconRow"("batchNo", "outTradeNo", "kind");

-- CreateIndex
CREATE INDEX "ReconFundRow_batchNo_voucher_idx" ON "ReconFundRow"("batchNo", "voucher");

-- CreateIndex
CREATE UNIQUE INDEX "ReconCase_caseKey_key" ON "ReconCase"("caseKey");

-- CreateIndex
CREATE INDEX "ReconCase_bizDate_channel_merchantId_state_idx" ON "ReconCase"("bizDate", "channel", "merchantId", "state");

-- CreateIndex
CREATE INDEX "ReconCase_state_bizDate_caseId_idx" ON "ReconCase"("state", "bizDate", "caseId");

-- CreateIndex
CREATE INDEX "ReconCase_estateId_state_idx" ON "ReconCase"("estateId", "state");

-- CreateIndex
CREATE INDEX "ReconCase_orderNo_idx" ON "ReconCase"("orderNo");

-- CreateIndex
CREATE INDEX "ReconCase_batchNo_idx" ON "ReconCase"("batchNo");

-- CreateIndex
CREATE INDEX "ReconAttachment_caseId_idx" ON "ReconAttachment"("caseId");

-- CreateIndex
CREATE INDEX "ReconBankLine_bankAccount_date_idx" ON "ReconBankLine"("bankAccount", "date");

-- CreateIndex
CREATE INDEX "ReconBankLine_matchedWith_idx" ON "ReconBankLine"("matchedWith");

-- CreateIndex
CREATE UNIQUE INDEX "CashShift_openDesk_key" ON "CashShift"("openDesk");

-- CreateIndex
CREATE INDEX "CashShift_estateId_bizDate_idx" ON "CashShift"("estateId", "bizDate");

-- CreateIndex
CREATE UNIQUE INDEX "FinanceClose_holds_key" ON "FinanceClose"("holds");

-- CreateIndex
CREATE INDEX "FinanceClose_estateId_kind_period_idx" ON "FinanceClose"("estateId", "kind", "period");

-- CreateIndex
CREATE INDEX "PayOrder_channel_merchantId_bizDate_idx" ON "PayOrder"("channel", "merchantId", "bizDate");

-- CreateIndex
CREATE INDEX "PayRefund_submittedAtMs_idx" ON "PayRefund"("submittedAtMs");
