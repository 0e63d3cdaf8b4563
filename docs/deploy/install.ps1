# Installs, upgrades or takes back the map on Windows; `.\install.ps1 --help` says how. Needs
# Python 3.11 or newer and no internet. 安装、升级、退回；需要 Python 3.11 或更新版本，不需要互联网。
# Run it as: powershell -ExecutionPolicy Bypass -File install.ps1
$ErrorActionPreference = "Stop"
$installer = Join-Path $PSScriptRoot "installer.py"
$env:PYTHONUTF8 = "1"
foreach ($version in "3.13", "3.12", "3.11") {
    try { & py "-$version" -c "pass" 2>$null } catch { continue }
    if ($LASTEXITCODE -eq 0) {
        & py "-$version" -B -I -X utf8 $installer @args
        exit $LASTEXITCODE
    }
}
Write-Host "没有找到 Python 3.11 或更新版本，请先安装（安装时勾选 py launcher）。"
Write-Host "No Python 3.11 or newer was found: install one with the py launcher."
exit 2
