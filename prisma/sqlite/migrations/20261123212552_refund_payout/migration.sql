-- CreateTable
CREATE TABLE "RefundPayout" (
    "outRefundNo" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "way" TEXT NOT NULL,
    "placeOf" TEXT NOT NULL,
    "slipNo" TEXT NOT NULL,
    "slipSha256" TEXT NOT NULL,
    "payeeName" TEXT NOT NULL,
    "payeeIdTail" TEXT NOT NULL,
    "makerId" TEXT NOT NULL,
    "proposedAtMs" BIGINT NOT NULL,
    "checkerId" TEXT,
    "paidAtMs" BIGINT
);

-- CreateIndex
CREATE UNIQUE INDEX "RefundPayout_estateId_slipNo_key" ON "RefundPayout"("estateId", "slipNo");
