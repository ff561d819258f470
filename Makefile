# Paths here are relative: a folder with spaces or Chinese characters in its path never reaches make.
# PYTHON=/path/to/python chooses the interpreter, ARGS='...' goes to the command that is run.

.DEFAULT_GOAL := help
.PHONY: help reproduce test lint lab env benchmarks lock clean distclean
.NOTPARALLEL:

ifeq ($(OS),Windows_NT)
VENV_PYTHON := .venv/Scripts/python.exe
else
VENV_PYTHON := .venv/bin/python
endif

export PYTHON
export PYTHONUTF8 := 1
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH PYTHONHOME MPLBACKEND

# JupyterLab asks for news, newer versions and extensions unless it is told not to.
OFFLINE_LAB := --LabApp.news_url=None \
	--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate \
	--LabApp.extension_manager=readonly

help: ## show this list  显示本列表
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '  make %-12s %s\n' "$$name" "$$text"; done

reproduce: env ## set up, run all notebooks, write the report  建立环境,运行全部笔记本,生成报告
	@$(VENV_PYTHON) -m compendium.cli run $(ARGS)
	@$(VENV_PYTHON) -m compendium.cli report

test: lint ## set up, check style and types, run the tests  建立环境,检查代码,运行测试
	@$(VENV_PYTHON) -m pytest -n auto --dist loadgroup --no-loadscope-reorder $(ARGS)

lint: env ## check format, style and types  检查格式、风格与类型
	@$(VENV_PYTHON) -m ruff format --check .
	@$(VENV_PYTHON) -m ruff check .
	@$(VENV_PYTHON) -m mypy

lab: env ## open the notebooks in JupyterLab  用 JupyterLab 打开笔记本
	@$(VENV_PYTHON) -m jupyterlab $(OFFLINE_LAB) --LabApp.default_url=/lab/tree/notebooks $(ARGS)

env: ## build .venv when it is missing or stale  建立或更新 .venv
	@sh tools/setup.sh $(if $(INSTALLER),--installer $(INSTALLER))

benchmarks: env ## print the speed ratios  输出速度对比
	@sh tools/setup.sh --benchmarks $(if $(INSTALLER),--installer $(INSTALLER))
	@for script in tests/benchmarks/*.py; do $(VENV_PYTHON) "$$script" $(ARGS) || exit; done

lock: ## renew requirements.lock from pyproject.toml (needs uv)  更新依赖锁定文件(需要 uv)
	@sh tools/lock.sh

clean: ## remove results and caches, keep reports/reference and reports/set-aside  删除结果与缓存,保留 reports/reference 与 set-aside
	@if [ -x $(VENV_PYTHON) ]; then $(VENV_PYTHON) -m compendium.cli clean; fi
	@rm -rf .pytask pytask.lock* .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist

distclean: clean ## remove .venv too  同时删除 .venv
	@rm -rf .venv
